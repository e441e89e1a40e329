import { describe, expect, test } from "vitest";
import type { ManifestsSpec } from "../../../components/config/network/manifests";
import { given, parse } from "./samples";

const ofTexts = (...texts: string[]) =>
  parse(given({ network: { kind: "manifests", manifests: texts.map(text => ({ text })) } })).network as ManifestsSpec;

const object = (kind: string, name: string, rest = "") =>
  `{apiVersion: v1, kind: ${kind}, metadata: {name: ${name}}${rest}}`;

describe("a person's manifests", () => {
  test("are read from files and texts in their order, Namespaces and CustomResourceDefinitions first", () => {
    const files: Record<string, string> = {
      "network/a.yaml": `# A comment is no object.\n---\n${object("ConfigMap", "one")}\n---\n${object("Namespace", "net")}\n`,
      "network/b.yaml": `${object("CustomResourceDefinition", "pools.example.com")}\n---\n${object("ServiceAccount", "two")}\n`,
    };
    const read: string[] = [];
    const { network } = parse(
      given({
        network: {
          kind: "manifests",
          manifests: [{ path: "network/a.yaml" }, { text: object("Namespace", "other") }, { path: "network/b.yaml" }],
        },
      }),
      {
        readFile: path => {
          read.push(path);
          return files[path] ?? "";
        },
      },
    );
    expect(read).toEqual(["network/a.yaml", "network/b.yaml"]);
    expect((network as ManifestsSpec).manifests.map(({ kind, name, place }) => [kind, name, place])).toEqual([
      ["Namespace", "net", "network/a.yaml, document 2"],
      ["Namespace", "other", "network.manifests[1].text, document 1"],
      ["CustomResourceDefinition", "pools.example.com", "network/b.yaml, document 1"],
      ["ConfigMap", "one", "network/a.yaml, document 1"],
      ["ServiceAccount", "two", "network/b.yaml, document 2"],
    ]);
  });

  test("mean what they mean to kubectl: octal modes, words for truth, and texts that look like times", () => {
    const { manifests } = ofTexts(
      object("Thing", "a", ", mode: 0644, on: yes, at: 12:30:00, day: 2026-11-29, port: 8080"),
    );
    expect(manifests[0]?.object).toMatchObject({
      mode: 420,
      true: true,
      at: "12:30:00",
      day: "2026-11-29",
      port: 8080,
    });
  });

  test("of one name are two where kind, namespace or group differs", () => {
    const { manifests } = ofTexts(
      [
        object("ConfigMap", "a"),
        object("Secret", "a"),
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: a, namespace: b}}",
        "{apiVersion: example.com/v1, kind: ConfigMap, metadata: {name: a}}",
      ].join("\n---\n"),
    );
    expect(manifests.map(({ namespace }) => namespace)).toEqual([undefined, undefined, "b", undefined]);
  });
});

describe("a chart comes from", () => {
  const chartOf = (kind: string, chart: object = {}) =>
    parse(given({ network: { kind, chart } }), { readFile: () => `name: ${kind}\n` }).network;

  test("its project's repository, at the version that the values were made for", () => {
    expect(chartOf("cilium")).toMatchObject({
      chart: { name: "cilium", version: "1.18.4", repository: "https://helm.cilium.io" },
    });
    expect(chartOf("calico")).toMatchObject({
      chart: { name: "tigera-operator", version: "v3.31.5", repository: "https://docs.tigera.io/calico/charts" },
    });
  });

  test("a mirror, or the disk alone", () => {
    expect(chartOf("cilium", { repository: "oci://mirror.example.com/charts/", version: "1.17.9" })).toMatchObject({
      chart: { version: "1.17.9", repository: "oci://mirror.example.com/charts" },
    });
    expect(chartOf("cilium", { path: "charts/cilium" })).toMatchObject({
      chart: { name: "cilium", path: "charts/cilium" },
    });
  });
});
