import { describe, expect, it } from "vitest";
import { ROSTER, TestMachine } from "./machine";
import { args, edit, grantWith, manifest, member, PODS, type Settings } from "./settled";

const BEFORE = "var/lib/rackplane/before-change";

describe.concurrent("an edit of arguments", () => {
  it("is none where nothing differs: no manifest, no document, no lock is touched", async () => {
    const machine = await member();
    const before = PODS.map(pod => machine.read(manifest(pod)));
    const { run, moves } = await edit(machine, {});
    expect(run.code, run.stderr).toBe(0);
    expect([moves, machine.has("fake/lease.json"), machine.has("fake/uploads")]).toEqual([[], false, false]);
    expect(PODS.map(pod => machine.read(manifest(pod)))).toEqual(before);
  });

  it("reaches the API server while another machine serves, then the documents that joiners read", async () => {
    const machine = await member();
    const scheduler = machine.read(manifest("kube-scheduler"));
    const { run, moves } = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h" } } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("member change: kube-apiserver restarts with --event-ttl=2h\n");
    expect(args(machine, "kube-apiserver")).toEqual(["--advertise-address=10.70.0.3", "--event-ttl=2h"]);
    expect(machine.read(manifest("kube-scheduler"))).toBe(scheduler);
    expect([moves, machine.read("fake/uploads")]).toEqual([["away", "back"], "all\n"]);
    expect(machine.read("fake/uploaded")).toContain('"event-ttl"');
    expect(machine.has(BEFORE)).toBe(false);
    const again = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h" } } });
    expect([again.run.code, again.moves, machine.read("fake/uploads")]).toEqual([0, [], "all\n"]);
  });

  it("to another value tells that value alone, and what is taken away by name", async () => {
    const machine = await member();
    await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h", "max-requests-inflight": "800" } } });
    const { run } = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "3h" } } });
    expect(run.stderr).toContain("kube-apiserver restarts with --event-ttl=3h, without --max-requests-inflight=800\n");
  });

  it("of parts that are no server's leaves the VIP where it is", async () => {
    const machine = await member();
    const { run, moves } = await edit(machine, {
      controllerManager: { extraArgs: { "node-monitor-grace-period": "20s" } },
      scheduler: { extraArgs: { "kube-api-qps": "80" } },
    });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain(
      "kube-controller-manager restarts with --node-monitor-grace-period=20s; kube-scheduler restarts with --kube-api-qps=80\n",
    );
    expect(moves).toEqual([]);
  });

  it("of etcd keeps the members of its first start, its image, and that its cluster exists", async () => {
    const machine = await member();
    const list = "--initial-cluster=prod-cp-0=https://10.70.0.1:2380,prod-cp-1=https://10.70.0.3:2380";
    machine.write(
      manifest("etcd"),
      (machine.read(manifest("etcd")) ?? "").replace(/--initial-cluster=.*/, list).replace("v1.34.3", "3.6.4-0"),
    );
    const { run } = await edit(machine, { etcd: { extraArgs: { "snapshot-count": "5000" } } });
    expect(run.code, run.stderr).toBe(0);
    expect(args(machine, "etcd")).toEqual([list, "--initial-cluster-state=existing", "--snapshot-count=5000"]);
    expect(machine.read(manifest("etcd"))).toContain("image: registry.k8s.io/etcd:3.6.4-0");
  });

  it("of etcd refuses this machine's own programs as long as etcd is away: kubelet would wait for an API server that cannot answer", async () => {
    const machine = await member();
    const { run } = await edit(machine, { etcd: { extraArgs: { "snapshot-count": "5000" } } });
    expect(run.code, run.stderr).toBe(0);
    const rules = machine.calls.filter(call => /^iptables .* -[ID] INPUT /.test(call));
    expect(rules.map(rule => /-([ID]) INPUT -s (\S+) -d (\S+) /.exec(rule)?.slice(1))).toEqual([
      ["I", "10.70.0.3/32", "10.70.0.3/32"],
      ["D", "10.70.0.3/32", "10.70.0.3/32"],
    ]);
    expect(machine.read("fake/iptables-filter")).toBe("");
  });

  it("is taken back from pods that have come up, held back and under the lock, where another change of it fails", async () => {
    const machine = await member();
    const before = args(machine, "etcd");
    machine.write("fake/faults/kubelet-ends", "");
    const { run, moves } = await edit(machine, {
      etcd: { extraArgs: { "snapshot-count": "5000" } },
      kubelet: { maxPods: 200 },
    });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("kubelet ends whenever it starts");
    expect([args(machine, "etcd"), machine.has(BEFORE), moves]).toEqual([before, false, ["away", "back"]]);
    expect(machine.read("fake/iptables-filter")).toBe("");
  });

  it("stays on a machine that cannot be taken back for another one's sake: a quorum outranks an edit", async () => {
    const machine = await member();
    machine.write("fake/faults/kubelet-ends", "");
    const begun = machine.announcing(
      machine.run(
        "member",
        grantWith(machine, { etcd: { extraArgs: { "snapshot-count": "5000" } }, kubelet: { maxPods: 200 } }),
      ),
    );
    await machine.until(() => args(machine, "etcd").includes("--snapshot-count=5000"), 60);
    machine.down(2);
    const { run } = await begun;
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/etcd here stay with the new settings, since another machine is not well/);
    expect(args(machine, "etcd")).toContain("--snapshot-count=5000");
  }, 120_000);

  it("gives each change a time, since kubelet lets a pod wait that it has seen before", async () => {
    const machine = await member();
    const stamps: (string | undefined)[] = [];
    for (const ttl of ["2h", "3h", "2h"]) {
      await edit(machine, { apiServer: { extraArgs: { "event-ttl": ttl } } });
      stamps.push(/rackplane\/changed: .*/.exec(machine.read(manifest("kube-apiserver")) ?? "")?.[0]);
    }
    expect(new Set(stamps).size).toBe(3);
    expect(stamps).not.toContain(undefined);
  });

  it("is not begun while another member is ill, or a file is missing that it names", async () => {
    const machine = await member();
    const extraArgs = { "event-ttl": "2h" };
    const volume = { name: "hook", hostPath: `${machine.root}/none`, mountPath: "/hook", readOnly: true };
    const missing = await edit(machine, { apiServer: { extraArgs, extraVolumes: [volume] } });
    expect(missing.run.code).toBe(1);
    expect(missing.run.stderr).toMatch(/extraVolumes: prod-cp-1 has no .*none; expected it there.*nothing was changed/);
    machine.down(2);
    const ill = await edit(machine, { apiServer: { extraArgs } });
    expect(ill.run.code).toBe(1);
    expect(ill.run.stderr).toContain("nothing was changed here yet");
    expect([ill.moves, args(machine, "kube-apiserver")]).toEqual([[], ["--advertise-address=10.70.0.3"]]);
  });

  it("that kubeadm refuses changes nothing", async () => {
    const machine = await member();
    machine.write("fake/faults/render", "1");
    const { run, moves } = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h" } } });
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/kubeadm refuses the settings: error: json: unknown field.*nothing was changed/);
    expect(moves).toEqual([]);
  });
});

describe.concurrent("an argument that the program refuses", () => {
  const bad: Settings = { apiServer: { extraArgs: { bad: "1" } } };

  it("is told with the program's own words, and the machine gets its earlier manifest back; no document has it", async () => {
    const machine = await member();
    const { run, moves } = await edit(machine, bad);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(
      /kube-apiserver ends whenever it starts, at last with: Error: unknown flag: --bad ; this machine gets its earlier settings back, and the others are as they were and serve/,
    );
    expect(args(machine, "kube-apiserver")).toEqual(["--advertise-address=10.70.0.3"]);
    expect([machine.has(BEFORE), machine.has("fake/uploads"), moves[0]]).toEqual([false, false, "away"]);
    expect(machine.has("run/rackplane/held-back")).toBe(false);
  });

  it("that a power loss left on the machine is gone after its boot", async () => {
    const machine = await member();
    machine.write(
      `${BEFORE}/manifests/kube-apiserver.yaml`,
      (machine.read(manifest("kube-apiserver")) ?? "").replace("advertise", "earlier"),
    );
    machine.installed();
    await machine.reboot();
    const { code, stderr } = await machine.program("take-back");
    expect(code, stderr).toBe(0);
    expect(args(machine, "kube-apiserver")).toEqual(["--earlier-address=10.70.0.3"]);
    expect(machine.has(BEFORE)).toBe(false);
  });

  it("does not keep a member whose API server is down from getting a better one", async () => {
    const machine = await member();
    machine.write(
      manifest("kube-apiserver"),
      (machine.read(manifest("kube-apiserver")) ?? "").replace("advertise", "bad"),
    );
    machine.erase(`fake/api/${machine.self.address}`);
    machine.erase("fake/vip");
    machine.write("run/rackplane/announcing", "no 1");
    const { run } = await edit(machine, { apiServer: { extraArgs: { "event-ttl": "2h" } } });
    expect(run.code, run.stderr).toBe(0);
  });

  it("on a machine that is alone is mended without the cluster's lock, which it cannot take", async () => {
    const machine = await member();
    machine.write(
      manifest("kube-apiserver"),
      (machine.read(manifest("kube-apiserver")) ?? "").replace("advertise", "bad"),
    );
    for (const { address } of ROSTER) machine.erase(`fake/api/${address}`);
    machine.members = [{ ...machine.member(1), id: machine.read("fake/own")?.trim() ?? "" }];
    const { run } = await machine.announcing(machine.run("member", { ...grantWith(machine), roster: [machine.self] }));
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("no lock: this machine is the only one, and its API server is away");
  });
});

describe.concurrent("an edit of kubelet's fields", () => {
  const CONFIG = "var/lib/kubelet/config.yaml";

  it("reaches kubelet, which restarts, then the document that workers read; the VIP stays", async () => {
    const machine = await member();
    const { run, moves } = await edit(machine, { kubelet: { maxPods: 200 } });
    expect(run.code, run.stderr).toBe(0);
    expect(run.stderr).toContain("member change: kubelet restarts with other settings: maxPods\n");
    expect(machine.read(CONFIG)).toContain("maxPods: 200");
    expect([moves, machine.read("fake/uploads")]).toEqual([[], "all\n"]);
  });

  it("by which it pins takes its records of pinned CPUs away while it is stopped", async () => {
    const machine = await member();
    machine.write("var/lib/kubelet/cpu_manager_state", "{}");
    const { run } = await edit(machine, { kubelet: { cpuManagerPolicy: "static", reservedSystemCPUs: "0" } });
    expect(run.code, run.stderr).toBe(0);
    expect(machine.has("var/lib/kubelet/cpu_manager_state")).toBe(false);
    expect(machine.calls.filter(call => /^systemctl (stop|start|restart) kubelet/.test(call)).slice(-2)).toEqual([
      "systemctl stop kubelet",
      "systemctl start kubelet",
    ]);
  });

  it("that it cannot start with is told soon, and it has the earlier ones again; no document has them", async () => {
    const machine = await member();
    const before = machine.read(CONFIG);
    machine.write(`var/lib/rackplane/previous/${CONFIG}`, before ?? "");
    machine.write("fake/faults/kubelet", "");
    machine.write("fake/faults/kubelet-ends", "");
    const { run } = await edit(machine, { kubelet: { maxPods: -1 } });
    expect(run.code).toBe(1);
    expect(run.stderr).toContain("kubelet ends whenever it starts");
    expect([machine.read(CONFIG), machine.has("fake/uploads")]).toEqual([before, false]);
  });
});

describe.concurrent("a machine that joins", () => {
  it("with other settings than the cluster's documents is judged by `member`, which has its kubelet follow", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/settings", "of another grant\n");
    const { code, stderr } = await machine.run("join");
    expect(code, stderr).toBe(0);
    expect(machine.has("run/rackplane/judged")).toBe(false);
    expect(machine.read("fake/settings")).toBe("partly\n");
  });
});
