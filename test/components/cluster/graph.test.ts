import { join } from "node:path";
import * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Cluster } from "../../../components";
import { REDACTED } from "../../../components/redacted";
import { METAL, UUID } from "../config/samples";
import { answers, indices, lab, labArgs, previewed } from "./lab";
import { record } from "./recorder";
import { tree } from "./tree";

const golden = (name: string): string => join(__dirname, "golden", `${name}.txt`);

const adopted = { project: { id: UUID } };
const reservationId = "4d7f5b52-1c2e-4f3a-9b8c-6a5d4e3f2b1a";

afterEach(() => vi.unstubAllEnvs());

describe("the resources of a cluster", () => {
  test.each([1, 3, 5])("of %i machines, in a project of its own", async count => {
    const { resources } = await lab({ controlPlane: { count } });
    await expect(tree(resources)).toMatchFileSnapshot(golden(`${count}-machines`));
  });

  test("in a project and behind an address that exist already", async () => {
    const { resources } = await lab({ controlPlane: { count: 3 }, machines: adopted, endpoint: { reservationId } });
    await expect(tree(resources)).toMatchFileSnapshot(golden("adopted"));
  });

  test("are the same in a preview, where little is known", async () => {
    const [preview, update] = [await previewed(), await lab()];
    expect(tree(preview.resources)).toBe(tree(update.resources));
  });
});

describe("wherever a cluster is put", () => {
  test("each resource lies below it and its name starts with the cluster's", async () => {
    const { resources } = await lab({ controlPlane: { count: 5 } });
    const [cluster, ...below] = resources;
    expect(cluster).toMatchObject({ type: "rackplane:index:Cluster", name: "lab", parent: undefined });
    const parents = new Set(["lab", "lab-flannel"]);
    expect(below.filter(({ parent }) => !parents.has(parent ?? ""))).toEqual([]);
    expect(below.filter(({ name }) => !name.startsWith("lab-"))).toEqual([]);
  });

  test("two clusters do not meet in a name", async () => {
    const { resources } = await record(
      () => {
        new Cluster("one", labArgs());
        new Cluster("two", labArgs());
      },
      { answer: answers },
    );
    expect(new Set(resources.map(({ type, name }) => `${type} ${name}`)).size).toBe(resources.length);
  });

  test("its parent and its aliases arrive", async () => {
    class Home extends pulumi.ComponentResource {
      constructor() {
        super("test:index:Home", "home");
      }
    }
    const { find } = await record(
      () => {
        new Cluster("lab", labArgs(), { parent: new Home(), aliases: [{ name: "old-lab" }] });
      },
      { answer: answers },
    );
    expect(find("lab")).toMatchObject({ parent: "home", aliases: ["old-lab"] });
  });

  test("the provider given to it makes the machines and all that is rented with them", async () => {
    const { resources } = await record(
      () => {
        const provider = new metal.Provider("rented", { authToken: "t" });
        new Cluster("lab", labArgs(), { provider });
      },
      { answer: answers },
    );
    const rented = resources.filter(({ type }) => type.startsWith("equinix-metal:"));
    expect(rented.length).toBeGreaterThan(0);
    expect(rented.filter(({ provider }) => provider !== "rented")).toEqual([]);
  });

  test("a provider needs no token besides its own, also one that the parent brings", async () => {
    vi.stubEnv("METAL_AUTH_TOKEN", "");
    const { resources } = await record(
      () => {
        const provider = new metal.Provider("rented", { authToken: "t" });
        const home = new pulumi.ComponentResource("test:index:Home", "home", {}, { providers: [provider] });
        new Cluster("one", labArgs(), { providers: { "equinix-metal": provider } });
        new Cluster("two", labArgs(), { parent: home });
      },
      { answer: answers },
    );
    expect(resources.filter(({ type, provider }) => type.endsWith(":Device") && provider === "rented")).toHaveLength(6);
  });

  test("without any token it is refused before anything is asked for", async () => {
    vi.stubEnv("METAL_AUTH_TOKEN", "");
    await expect(lab({ name: "poor" })).rejects.toThrow("machines: found no API token");
  });

  test("the component keeps no secret of its arguments in state", async () => {
    const { find } = await lab();
    expect(find("lab").inputs).toEqual(find("lab").visible);
    expect(find("lab").inputs).toMatchObject({ name: "lab", ssh: { privateKey: REDACTED } });
    expect(find("lab-flannel").inputs).toEqual({});
  });
});

test("any cluster has a device, a session, a preparation and a membership for each machine, and one formation", async () => {
  const metros = fc.uniqueArray(fc.constantFrom("da", "sv", "ny", "am", "sg"), { minLength: 1 });
  const name = fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 3, 5, 7), metros, name, fc.boolean(), async (count, metros, name, preview) => {
      const { resources, all } = await record(
        () => {
          new Cluster(name, labArgs({ controlPlane: { count }, machines: { metros } }));
        },
        { answer: answers, preview },
      );

      const perMachine = (end: string) => indices(count).map(i => `${name}-cp-${i}${end}`);
      const commands = all("Command")
        .map(one => one.name)
        .sort();
      expect(commands).toEqual(
        [
          ...perMachine("-prepared"),
          ...perMachine("-join"),
          ...perMachine("-member"),
          `${name}-form`,
          `${name}-kubeconfig`,
          `${name}-nodes`,
          `${name}-retire`,
        ].sort(),
      );
      expect(all("Device").map(one => one.name)).toEqual(perMachine(""));
      expect(all("BgpSession").map(one => one.name)).toEqual(perMachine("-bgp"));
      expect(all("Device").map(one => one.inputs.metro)).toEqual(indices(count).map(i => metros[i % metros.length]));
      expect(new Set(resources.map(one => one.name)).size).toBe(resources.length);
    }),
    { numRuns: 6, examples: [[7, [...METAL.metros], "a", true]] },
  );
});
