import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, it } from "vitest";
import { workerDocument } from "../../../../cloud-init/documents/kubeadm";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { TestMachine } from "./machine";
import { API_SERVER, manifest, member, to, upgrade } from "./upgrading";

const ETCD = "etc/kubernetes/manifests/etcd.yaml";
const BEGUN = "var/lib/rackplane/upgrade/begun";

describe.concurrent("a member whose version is raised", () => {
  it("upgrades the cluster's documents and itself, while another machine serves", async () => {
    const machine = await member();
    const { run, moves } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("member change: upgrade 1.34.3 to 1.34.4, etcd, the API server and kubelet restart");
    expect(machine.read("fake/upgrades")).toBe("apply\n");
    expect(machine.read(API_SERVER)).toBe(manifest("1.34.4"));
    expect(machine.read("fake/kubelet-runs")).toBe("v1.34.4\n");
    expect(moves).toEqual(["away", "back"]);
    expect(machine.has("var/lib/rackplane/upgrade")).toBe(false);
    // etcd's manifest is kubeadm's for a new cluster: without this it would begin one if its data were gone.
    expect(machine.read("fake/patches")).toContain("etcd1+json.json");
  });

  it("upgrades itself alone where the cluster's documents have the version already", async () => {
    const machine = await member();
    machine.write("fake/version", "v1.34.4\n");
    const { run } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.read("fake/upgrades")).toBe("node\n");
  });

  it("keeps what etcd holds, for root alone, and the newest three of such files", async () => {
    const machine = await member();
    for (const day of [1, 2, 3]) machine.write(`var/lib/rackplane/snapshots/etcd-2026010${day}T000000Z-before.db`, "");
    const { run } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(machine.files("var/lib/rackplane/snapshots")).toEqual([
      "etcd-20260102T000000Z-before.db",
      "etcd-20260103T000000Z-before.db",
      expect.stringMatching(/^etcd-\d{8}T\d{6}Z-before-1\.34\.4\.db$/),
    ]);
  });

  it("is not touched by a version that the mirror lacks", async () => {
    const machine = await member();
    const { run, moves } = await upgrade(machine, "1.34.9");
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /kubernetesVersion: .* has no kubeadm 1\.34\.9; it has: 1\.34\.4-1\.1 .*nothing was changed/,
    );
    expect([moves, machine.has("fake/upgrades"), machine.has("fake/lease.json")]).toEqual([[], false, false]);
  });

  it.each([
    ["images that no registry has", (machine: TestMachine) => machine.write("fake/registry", ""), "images of 1.34.4"],
    [
      "a snapshot whose sum is wrong",
      (machine: TestMachine) => machine.write("fake/faults/snapshot", ""),
      "etcd's data",
    ],
    [
      "another machine whose API server is away",
      (machine: TestMachine) => machine.erase("fake/api/10.70.0.5"),
      "not ready",
    ],
    ["another member that is ill", (machine: TestMachine) => machine.down(2), "not healthy: prod-cp-2"],
  ])("is not touched by %s", async (_, fault, words) => {
    const machine = await member();
    fault(machine);
    const { run, moves } = await upgrade(machine);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(words);
    expect(run.stderr).toContain("nothing was changed");
    expect([moves, machine.has("fake/upgrades"), machine.read(API_SERVER)]).toEqual([[], false, manifest("1.34.3")]);
  });

  it("tells how to go on when kubeadm refuses, and may hold the VIP again", async () => {
    const machine = await member();
    machine.write("fake/faults/upgrade", "");
    const { run, moves } = await upgrade(machine);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/\[ERROR ControlPlaneNodesReady\].*run 'pulumi up' again, which goes on here/);
    expect(machine.has("run/rackplane/held-back")).toBe(false);
    expect(run.stderr).not.toContain("the lock could not be given back");
    expect(moves[0]).toBe("away");
  });

  it.each([
    ["is not touched where another member's etcd is too old for the next one", "3.5.21", false],
    ["takes the next etcd from the oldest one that may become it", "3.5.24", true],
  ])("%s", async (_, etcd, taken) => {
    const machine = await member({ runs: "1.33.13", mirror: "1.34.4" });
    machine.write("fake/etcd-version/10.70.0.5", `${etcd}\n`);
    const { run, moves } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(taken ? 0 : 1);
    expect(machine.has("fake/upgrades")).toBe(taken);
    if (taken) return;
    expect(run.stderr).toMatch(
      /1\.34\.4 brings etcd 3\.6\.5, .* etcd 3\.5\.24 or a later 3\.5 on all members; found 3\.5\.21 at 10\.70\.0\.5, take the newest patch release .*nothing was changed/,
    );
    expect([moves, machine.has("fake/lease.json")]).toEqual([[], false]);
  });

  it("names the deprecated APIs that are in use, before anything", async () => {
    const machine = await member();
    machine.write(
      "fake/metrics",
      'apiserver_requested_deprecated_apis{group="policy",removed_release="1.35",resource="budgets",subresource="",version="v1beta1"} 1\n',
    );
    const { run } = await upgrade(machine);
    expect(run.stderr).toContain(
      "deprecated APIs are in use, which a later version drops: budgets of policy/v1beta1, gone in 1.35;",
    );
  });

  it("keeps its version, and what kubeadm wrote for the new kubelet, where the edit that it came with fails afterwards", async () => {
    const machine = await member();
    const flags = "var/lib/kubelet/kubeadm-flags.env";
    machine.write("etc/rackplane/node.json", JSON.stringify(machine.grant("member").node));
    machine.write(flags, 'KUBELET_KUBEADM_ARGS="--pod-infra-container-image=pause"\n');
    for (const file of ["etc/rackplane/node.json", flags])
      machine.write(`var/lib/rackplane/previous/${file}`, machine.read(file) ?? "");
    machine.write("fake/faults/restart", "1");
    machine.write("etc/rackplane/node.json", JSON.stringify(to(machine, "1.34.4").node));
    const { run } = await upgrade(machine);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("this machine has its earlier settings again");
    const node = JSON.parse(machine.read("etc/rackplane/node.json") ?? "null") as Grant["node"];
    expect(node.cluster.kubernetesVersion).toBe("1.34.4");
    expect(machine.read(flags)).not.toContain("--pod-infra-container-image");
  });

  it("does nothing the next time", async () => {
    const machine = await member();
    await upgrade(machine);
    const before = machine.calls.length;
    const { run, moves } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    expect(moves).toEqual([]);
    expect(machine.calls.slice(before).some(call => /^(apt-get|kubeadm upgrade)/.test(call))).toBe(false);
  });
});

const self = { name: "prod-w-0", address: "10.70.0.21" };

async function worker(): Promise<{
  machine: TestMachine;
  grant: (version: string, drainSeconds?: number) => Partial<Grant>;
}> {
  const machine = new TestMachine().cluster(0, 1, 2);
  machine.write("fake/name", self.name);
  machine.write("fake/address", self.address);
  machine.write("fake/tokens/t0k3n1", "");
  const key = new X509Certificate(machine.keys["ca.crt"]).publicKey.export({ type: "spki", format: "der" });
  const caHash = `sha256:${createHash("sha256").update(key).digest("hex")}`;
  const pool = { name: "build", labels: {}, taints: [] };
  const grant = (version: string, drainSeconds?: number): Partial<Grant> => {
    const { node } = machine.grant("worker");
    return {
      machine: self,
      pool: { ...pool, ...(drainSeconds === undefined ? {} : { drainSeconds }) },
      kubeadm: { join: workerDocument({ machine: self, pool }) },
      node: {
        ...node,
        role: "worker",
        cluster: { ...node.cluster, kubernetesVersion: version },
        announcer: { ...node.announcer, peers: [] } as Grant["node"]["announcer"],
        deadlines: { ...node.deadlines, member: 5 },
      },
      invitation: { token: "t0k3n1.secretsecretsecr", caHash },
    };
  };
  const joined = await machine.run("worker", grant("1.34.3"));
  expect(joined.code, joined.stderr).toBe(0);
  for (const file of ["kubelet-version", "kubelet-runs"]) machine.write(`fake/${file}`, "v1.34.3\n");
  machine.write("fake/available", "1.34.4");
  machine.write("fake/registry", "registry.k8s.io/kube-proxy:v1.34.4\npause\n");
  return { machine, grant };
}

const cart = { name: "cart", namespace: "shop", ownerReferences: [{ kind: "ReplicaSet", controller: true }] };
const ordinary = JSON.stringify({ items: [{ metadata: cart, status: { phase: "Running" } }] });

describe.concurrent("a worker whose version is raised", () => {
  it("gets a new kubelet by its own rights, and its pods stay", async () => {
    const { machine, grant } = await worker();
    machine.write("fake/ordinary.json", ordinary);
    const { code, stderr } = await machine.run("worker", grant("1.34.4"));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("worker change: upgrade 1.34.3 to 1.34.4, kubelet restarts");
    expect([machine.read("fake/kubelet-runs"), machine.read("fake/upgrades")]).toEqual(["v1.34.4\n", "node\n"]);
    expect(machine.read("fake/ordinary.json")).toBe(ordinary);
    expect([machine.has("fake/lease.json"), machine.has("fake/unschedulable")]).toEqual([false, false]);
  });

  it("is left by its pods first where its pool gives them time", async () => {
    const { machine, grant } = await worker();
    machine.write("fake/ordinary.json", ordinary);
    const { code, stderr } = await machine.run("worker", grant("1.34.4", 5));
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/ordinary.json")).not.toContain("cart");
    expect(machine.read("fake/unschedulable")).toBe("");
  });

  it("is left as it is, and takes pods again, where a disruption budget keeps a pod there for the whole time", async () => {
    const { machine, grant } = await worker();
    machine.write("fake/ordinary.json", ordinary);
    machine.write("fake/faults/budget", "");
    const { code, stderr } = await machine.run("worker", grant("1.34.4", 1));
    expect(code).toBe(1);
    expect(stderr).toMatch(/still here: shop\/cart.*disruption budget/);
    expect([machine.read("fake/kubelet-runs"), machine.read("fake/unschedulable")]).toEqual(["v1.34.3\n", ""]);
  });
});

describe.concurrent("an upgrade that is cut off", () => {
  const places = ["begin", "etcd away", "etcd", "API server", "end"].map(place => `kubeadm upgrade: ${place}`);

  it.each([...places, "apt: kubeadm", "apt: kubelet"])("at '%s' is completed by the next run", async place => {
    const machine = await member();
    machine.write("fake/cut", place);
    const cut = await upgrade(machine);
    expect(cut.run.code).not.toBe(0);
    expect(machine.read(BEGUN)).toBe("apply 1.34.4\n");
    await machine.reboot();
    const { run } = await upgrade(machine);
    expect(run.code, run.stderr).toBe(0);
    // Also where the cluster's document had the new version already: kube-proxy and CoreDNS may be left to do.
    expect(machine.read("fake/upgrades")?.replaceAll("the VIP is here\n", "")).toBe("apply\napply\n");
    expect([machine.read(API_SERVER), machine.read("fake/kubelet-runs")]).toEqual([manifest("1.34.4"), "v1.34.4\n"]);
    expect([machine.has(BEGUN), machine.has(ETCD)]).toEqual([false, true]);
    expect(machine.members).toHaveLength(3);
    // etcd may be the new one already when the second run begins.
    expect(machine.files("var/lib/rackplane/snapshots")).toHaveLength(1);
  });

  it("with an etcd that does not run is gone on with by the earlier one", async () => {
    const machine = await member();
    machine.write(BEGUN, "apply 1.34.4\n");
    machine.write("var/lib/rackplane/upgrade/manifests/etcd.yaml", "    image: registry.k8s.io/etcd:3.6.5-0\n");
    machine.write(ETCD, "    image: registry.k8s.io/etcd:broken\n");
    machine.down(1);
    // The test pretends no kubelet that starts it: what counts is the manifest.
    const begun = machine.begin("member", to(machine, "1.34.4"));
    await machine.until(() => !(machine.read(ETCD) ?? "broken").includes("broken"), 60);
    expect((await begun.ended).code).toBe(1);
  });
});

describe.concurrent("a worker whose upgrade is cut off", () => {
  it.each(["apt: kubeadm", "apt: kubelet"])(
    "at '%s' is completed by the next run, and takes pods again",
    async place => {
      const { machine, grant } = await worker();
      machine.write("fake/ordinary.json", ordinary);
      machine.write("fake/cut", place);
      const cut = await machine.run("worker", grant("1.34.4", 60));
      expect(cut.code, cut.stderr).not.toBe(0);
      expect(machine.read(BEGUN), cut.stderr).toBe("node 1.34.4\n");
      const { code, stderr } = await machine.run("worker", grant("1.34.4", 60));
      expect(code, stderr).toBe(0);
      expect([machine.read("fake/kubelet-runs"), machine.has(BEGUN)]).toEqual(["v1.34.4\n", false]);
      expect(machine.read("fake/unschedulable")).toBe("");
    },
  );

  it("takes pods again where it was cut once all was done but that", async () => {
    const { machine, grant } = await worker();
    machine.write("var/lib/rackplane/cordoned", "");
    machine.write("fake/unschedulable", "true");
    const { code, stderr } = await machine.run("worker", grant("1.34.3"));
    expect(code, stderr).toBe(0);
    expect([machine.read("fake/unschedulable"), machine.has("var/lib/rackplane/cordoned")]).toEqual(["", false]);
  });

  it("is refused a minor that the API servers do not run yet", async () => {
    const { machine, grant } = await worker();
    machine.write("fake/git-version", "v1.33.9");
    const { code, stderr } = await machine.run("worker", grant("1.34.4"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/expected no newer minor than 1\.33\.9, which the API servers run.*nothing was changed/);
  });
});
