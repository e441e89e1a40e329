import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import {
  DEFAULT_KUBERNETES_VERSION,
  kubernetesMinor,
  NEWEST_MINOR,
  OLDEST_MINOR,
  SUPPORTED_MINORS,
} from "../../../cloud-init/kubernetes-versions";
import { nodeSpec } from "../../../components/node";
import { given, parse } from "./samples";

const root = join(__dirname, "../../..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");
const RANGE = `1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;

describe("the table of Kubernetes versions", () => {
  test("reaches from 1.31 to 1.37 without a gap, the default among them", () => {
    expect(SUPPORTED_MINORS).toEqual([31, 32, 33, 34, 35, 36, 37]);
    expect(() => kubernetesMinor(DEFAULT_KUBERNETES_VERSION)).not.toThrow();
  });

  test.each(SUPPORTED_MINORS)("has what a cluster of 1.%i is made of", minor => {
    const spec = parse(given({ kubernetesVersion: `1.${minor}.2` }));
    const row = kubernetesMinor(spec.kubernetesVersion);
    expect(row.etcd).toMatch(/^3\.\d+\.\d+-\d+$/);
    expect(row.coredns).toMatch(/^v1\.\d+\.\d+$/);
    const { images } = nodeSpec(spec, "203.0.113.1", { role: "control-plane", kind: "equinix-metal" });
    expect(images.sandbox).toBe(`registry.k8s.io/pause:${row.pause}`);
    expect(spec.mirrors.packages.url).toBe(`https://pkgs.k8s.io/core:/stable:/v1.${minor}/deb/`);
  });
});

describe("a text that names Kubernetes versions says what the table says", () => {
  test.each(["Pulumi.yaml", "components/config/args.ts"])("%s names the range", file => {
    expect(read(file)).toContain(RANGE);
  });

  test.each(["README.md", "Pulumi.yaml", "components/config/args.ts"])("%s names no other range", file => {
    const ranges = [...read(file).matchAll(/\b1\.\d\d to 1\.\d\d\b/g)].map(([range]) => range);
    expect(ranges.filter(range => range !== RANGE)).toEqual([]);
  });

  test("Pulumi.yaml and the arguments' documentation name the default", () => {
    const { config } = parseYaml(read("Pulumi.yaml")) as { config: Record<string, { default?: unknown }> };
    expect(config.kubernetesVersion?.default).toBe(DEFAULT_KUBERNETES_VERSION);
    expect(read("components/config/args.ts")).toContain(`@default "${DEFAULT_KUBERNETES_VERSION}"`);
  });

  test("the rack builds the default version", () => {
    expect(/^KUBERNETES_VERSION=(.*)$/m.exec(read("rack/tools/build.sh"))?.[1]).toBe(DEFAULT_KUBERNETES_VERSION);
  });
});
