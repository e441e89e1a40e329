import { spawnSync } from "node:child_process";
import * as path from "node:path";
import { describe, expect, it } from "vitest";
import type { NodeSpec } from "../../../../cloud-init/contract/node";
import { TestMachine } from "./machine";

const PODS = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] as const;
const LIMITS = { etcd: "1", "kube-apiserver": "2", "kube-controller-manager": "1", "kube-scheduler": "250m" } as const;

/** What API and kubelet of a machine say where everything is as wanted. */
const truth = () => ({
  pods: PODS.map(name => ({
    metadata: { labels: { component: name }, annotations: { "kubernetes.io/config.hash": `hash-${name}` } },
    spec: { containers: [{ name, resources: { limits: { cpu: LIMITS[name] } } }] },
    status: { qosClass: "Guaranteed" },
  })),
  kubelet: { cpuManagerPolicy: "static", reservedSystemCPUs: "0" } as Record<string, string>,
  pinned: {
    "hash-etcd": { etcd: "1" },
    "hash-kube-apiserver": { "kube-apiserver": "2-3" },
    "hash-kube-controller-manager": { "kube-controller-manager": "4" },
  } as Record<string, object>,
});
type Truth = ReturnType<typeof truth>;

function server(change: (found: Truth) => void = () => undefined): TestMachine {
  const machine = new TestMachine(0);
  const found = truth();
  change(found);
  machine.write("proc/meminfo", "MemTotal: 8388608 kB\n");
  machine.write("fake/pods.json", JSON.stringify({ items: found.pods }));
  machine.write("fake/configz.json", JSON.stringify({ kubeletconfig: found.kubelet }));
  machine.write("var/lib/kubelet/cpu_manager_state", JSON.stringify({ policyName: "static", entries: found.pinned }));
  return machine;
}

const isolation = (machine: TestMachine, changes: Partial<NodeSpec["isolation"]> = {}): { node: NodeSpec } => ({
  node: {
    ...machine.grant("form").node,
    isolation: { cpus: 1, memoryMiB: 1024, static: true, reservedSystemCPUs: "0", ...changes },
  },
});

/** What jq/isolation.jq says of a machine. */
function lacks(machine: TestMachine, wanted: object): string {
  machine.write("node.json", JSON.stringify({ isolation: wanted }));
  const files = {
    node: "node.json",
    pods: "fake/pods.json",
    kubelet: "fake/configz.json",
    cpus: "var/lib/kubelet/cpu_manager_state",
  };
  const { stdout, stderr } = spawnSync(
    "jq",
    [
      "-nr",
      ...Object.entries(files).flatMap(([name, file]) => ["--slurpfile", name, path.join(machine.root, file)]),
      "-f",
      path.resolve(__dirname, "../../../../cloud-init/node/grant/jq/isolation.jq"),
    ],
    { encoding: "utf8" },
  );
  return stdout.trim() + stderr;
}

describe.concurrent("a control plane kept apart", () => {
  it.each([
    [512, 1024, "512 CPUs and 1024 MiB"],
    [0.5, 65536, "0.5 CPUs and 65536 MiB"],
  ])(
    "of %d CPUs and %d MiB is refused on a smaller machine, before anything starts",
    async (cpus, memoryMiB, figures) => {
      const machine = server();
      const { code, stderr } = await machine.run("form", isolation(machine, { cpus, memoryMiB }));
      expect(code).toBe(1);
      expect(stderr).toContain(`controlPlane.isolation takes ${figures}; lower its figures, or take a larger machine`);
      expect(stderr).toMatch(/this machine has \d+ CPUs and 8192 MiB/);
      expect(machine.calls.filter(call => call.startsWith("kubeadm init"))).toEqual([]);
    },
  );

  it("starts where it has room, and is looked at as it runs", async () => {
    const machine = server();
    const { code, stderr } = await machine.run("form", isolation(machine));
    expect(code, stderr).toBe(0);
    expect(machine.calls.some(call => call.includes("configz"))).toBe(true);
  });

  it("is waited for, and told by what it lacks", async () => {
    const machine = server(({ pods }) => {
      (pods[0] as Truth["pods"][number]).status.qosClass = "Burstable";
    });
    const { code, stderr } = await machine.run("form", isolation(machine));
    expect(code).toBe(1);
    expect(stderr).toContain("etcd: QoS class Burstable, expected Guaranteed");
  });

  it("of a machine that is a member already is said and holds nothing up", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const all = server(({ kubelet }) => {
      kubelet.cpuManagerPolicy = "none";
    });
    for (const file of ["proc/meminfo", "fake/pods.json", "fake/configz.json", "var/lib/kubelet/cpu_manager_state"])
      machine.write(file, all.read(file) ?? "");
    expect((await machine.run("member")).code).toBe(0);
    const { code, stderr } = await machine.run("member", isolation(machine));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("(controlPlane.isolation); kubelet: cpuManagerPolicy none, expected static");
  });

  it.each<[string, (found: Truth) => void, string]>([
    ["all as wanted", () => undefined, ""],
    [
      "a pod that is not there",
      ({ pods }) => {
        pods.pop();
      },
      "kube-scheduler: not shown by the API yet",
    ],
    [
      "a kubelet that pins nothing",
      ({ kubelet }) => {
        kubelet.cpuManagerPolicy = "none";
      },
      "kubelet: cpuManagerPolicy none, expected static",
    ],
    [
      "a kubelet that reserves nothing",
      ({ kubelet }) => {
        delete kubelet.reservedSystemCPUs;
      },
      'kubelet: reservedSystemCPUs "", expected "0"',
    ],
    [
      "a pod on everybody's CPUs",
      ({ pinned }) => {
        delete pinned["hash-kube-apiserver"];
      },
      "kube-apiserver: on no CPUs of its own, expected 2 pinned",
    ],
  ])("with %s says so", (_, change, words) => {
    expect(lacks(server(change), { static: true, reservedSystemCPUs: "0" })).toBe(words);
  });

  it("by QoS class alone pins nothing", () => {
    expect(
      lacks(
        server(found => {
          found.pinned = {};
          found.kubelet = { cpuManagerPolicy: "none" };
        }),
        { static: false },
      ),
    ).toBe("");
  });
});
