import { describe, expect, test } from "vitest";
import { emptyDirectoryCheck, etcdPatches, etcdSettings } from "../../cloud-init/documents/etcd";

const OWN = { dataDirectory: "/var/lib/etcd" };

describe("etcd in kubeadm's documents", () => {
  test("is left out where it is as kubeadm has it, so that documents of running clusters stay the same", () => {
    expect([etcdSettings(undefined), etcdSettings(OWN), etcdPatches(OWN)]).toEqual([{}, {}, {}]);
    expect(emptyDirectoryCheck(undefined)).toBe("DirAvailable--var-lib-etcd");
  });

  test("has its folder, quota and compaction", () => {
    const autoCompaction = { mode: "periodic", retention: "8h" } as const;
    expect(etcdSettings({ dataDirectory: "/data/etcd", quotaBytes: 4_294_967_296, autoCompaction })).toEqual({
      etcd: {
        local: {
          dataDir: "/data/etcd",
          extraArgs: [
            { name: "quota-backend-bytes", value: "4294967296" },
            { name: "auto-compaction-mode", value: "periodic" },
            { name: "auto-compaction-retention", value: "8h" },
          ],
        },
      },
    });
  });

  test("on a disk of its own does not start without it", () => {
    const facts = { dataDirectory: "/data/etcd" };
    expect(emptyDirectoryCheck(facts)).toBe("DirAvailable--data-etcd");
    const [[file = "", text = ""] = []] = Object.entries(etcdPatches(facts));
    expect(file).toBe("/etc/rackplane/patches/etcd2+strategic.json");
    expect(JSON.parse(text)).toEqual({
      spec: { volumes: [{ name: "etcd-data", hostPath: { path: "/data/etcd", type: "Directory" } }] },
    });
  });
});
