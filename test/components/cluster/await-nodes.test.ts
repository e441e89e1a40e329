import { describe, expect, test } from "vitest";
import { ARP, hosts, overSsh } from "../config/samples";
import { cluster, deviceId, indices, lab } from "./lab";

const NODES = "lab-nodes";
const WORKERS = { workers: [{ name: "general", machines: hosts(21, 22) }] };

describe("that every Node is Ready", () => {
  test("is awaited last of all, on a member, after the pod network and what sees off the machines that leave", async () => {
    const { resources, find } = await cluster(overSsh({ endpoint: ARP, ...WORKERS }));
    expect(find(NODES).inputs).toMatchObject({ create: "/opt/rackplane/bin/rackplane await-nodes" });
    expect(find(NODES).inputs.stdin).toBeUndefined();
    expect(find(NODES).dependsOn).toEqual(
      expect.arrayContaining(["lab-m13-member", "lab-retire", "lab-flannel-daemonset"]),
    );
    // Which comes after every pool, and that after all its workers.
    expect(find("lab-retire").dependsOn).toContain("lab-general-nodes");
    expect(find("lab-general-nodes").dependsOn).toEqual(expect.arrayContaining(["lab-m21-worker", "lab-m22-worker"]));
    const waiting = resources.filter(({ dependsOn, propertyDependencies }) =>
      [...dependsOn, ...Object.values(propertyDependencies).flat()].includes(NODES),
    );
    expect(waiting.map(({ name }) => name)).toEqual([]);
  });

  test("is awaited anew for another machine and for nothing else", async () => {
    const trigger = async (...args: Parameters<typeof lab>) => (await lab(...args)).find(NODES).inputs.triggers;
    const once = await trigger();
    expect(await trigger({ kubelet: { maxPods: 50 } })).toEqual(once);
    expect(await trigger({ controlPlane: { count: 5 } })).not.toEqual(once);
    const { find } = await lab();
    expect(find(NODES).ignoreChanges).toEqual(["connection", "create", "logging"]);
    expect(find(NODES).replaceOnChanges).toEqual(["triggers[*]"]);
    expect(find(NODES).propertyDependencies.triggers).toEqual(indices(3).map(i => `lab-cp-${i}`));
    expect(JSON.stringify(once)).not.toContain(deviceId(0));
  });
});
