import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { ARP, EXTERNAL, hostKey, hosts, overSsh } from "../config/samples";
import { cluster } from "./lab";
import type { Registration } from "./recorder";

const CHECK = "lab-endpoint-check";
const WORKERS = { workers: [{ name: "general", machines: hosts(21, 22) }] };
const behind = (fields: object = {}, sections: object = {}) =>
  cluster(overSsh({ endpoint: { ...EXTERNAL, ...fields }, ...sections }));

describe("an endpoint that is not the program's", () => {
  test("is checked on the first machine, which is known by its host key and needs no grant", async () => {
    const { inputs } = (await behind()).find(CHECK);
    expect(inputs).toMatchObject({
      create: "/opt/rackplane/bin/rackplane check-endpoint 65",
      connection: { host: "10.0.0.11", hostKey: hostKey(11) },
    });
    expect([inputs.stdin, inputs.update, inputs.delete]).toEqual([undefined, undefined, undefined]);
  });

  test("is checked with sudo where the user is not root", async () => {
    expect((await behind({}, { ssh: { user: "ops" } })).find(CHECK).inputs.create).toBe(
      "sudo -n /opt/rackplane/bin/rackplane check-endpoint 65",
    );
  });

  test("is checked for as long as the configuration says, and Pulumi waits longer", async () => {
    const { inputs, customTimeouts } = (await behind({ watchSeconds: 3600 })).find(CHECK);
    expect(inputs.create).toMatch(/check-endpoint 3600$/);
    expect(customTimeouts.create).toBe("4500s");
  });

  test("is checked last of all, so that a finding keeps nothing else from being made", async () => {
    const { resources, find } = await behind({}, WORKERS);
    const whole = ["lab-m13-member", "lab-retire", "lab-flannel-daemonset"];
    expect(find(CHECK).dependsOn).toEqual(expect.arrayContaining(whole));
    // Which comes after every pool of workers.
    expect(find("lab-retire").dependsOn).toContain("lab-general-nodes");
    expect(find("lab-flannel-daemonset").provider).toContain("lab-kubernetes");
    const waiting = resources.filter(({ dependsOn, propertyDependencies }) =>
      [...dependsOn, ...Object.values(propertyDependencies).flat()].includes(CHECK),
    );
    expect(waiting.map(({ name }) => name)).toEqual([]);
  });

  test("is nothing to check where the VIP is the program's own", async () => {
    const { resources } = await cluster(overSsh({ endpoint: ARP }));
    expect(resources.map(({ name }) => name)).not.toContain(CHECK);
  });
});

describe("the check runs again", () => {
  /** The inputs that differ and count, after an edit. */
  const edited = async (fields: object, sections: object = {}): Promise<string[]> => {
    const check = async (...args: Parameters<typeof behind>): Promise<Registration> =>
      (await behind(...args)).find(CHECK);
    const [was, now] = [await check(), await check(fields, sections)];
    return [...new Set([...Object.keys(was.inputs), ...Object.keys(now.inputs)])].filter(
      key => !now.ignoreChanges.includes(key) && !isDeepStrictEqual(was.inputs[key], now.inputs[key]),
    );
  };

  test("as another one: an edit of the trigger replaces it", async () => {
    const { inputs, replaceOnChanges } = (await behind({ port: 443 })).find(CHECK);
    expect(inputs.triggers).toEqual([
      "api.example.com:443 to m11 10.0.0.11:6443, m12 10.0.0.12:6443, m13 10.0.0.13:6443",
    ]);
    expect(replaceOnChanges).toEqual(["triggers[*]"]);
  });

  test.each<[string, object, object]>([
    ["another address", { address: "192.0.2.7" }, {}],
    ["another port", { port: 443 }, {}],
    ["another port of the API servers", { apiServerPort: 6444 }, {}],
    ["another list of machines", {}, { machines: hosts(11, 12, 13, 14, 15) }],
  ])("for %s", async (_what, fields, sections) => expect(await edited(fields, sections)).toEqual(["triggers"]));

  test.each<[string, object, object]>([
    ["nothing at all", {}, {}],
    ["another time to watch", { watchSeconds: 20 }, {}],
    ["another user", {}, { ssh: { user: "ops" } }],
    ["another Kubernetes version", {}, { kubernetesVersion: "1.35.2" }],
    ["workers", {}, WORKERS],
  ])("not for %s", async (_what, fields, sections) => expect(await edited(fields, sections)).toEqual([]));
});
