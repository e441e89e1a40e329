import { describe, expect, it } from "vitest";
import type { NodeSpec } from "../../../../cloud-init/contract/node";
import { proxyDropIns } from "../../../../cloud-init/proxy";
import { PEERS, TestMachine } from "./machine";

const PREVIOUS = "var/lib/rackplane/previous";
const PROGRAM = {
  "bin/rackplane": '#!/bin/bash\necho "$*" >>"$FAKE/program"\necho "{}" >"$RACKPLANE_ROOT/run/rackplane/result.json"\n',
};
const API_SERVER = "etc/kubernetes/manifests/kube-apiserver.yaml";
const ETCD = "etc/kubernetes/manifests/etcd.yaml";
const AUDIT = "etc/rackplane/apiserver/audit-policy.yaml";
/** As in a cluster that was formed with it. */
const ENCRYPTED = { provider: "secretbox", generation: 0, formed: true } as const;
const ENCRYPTION = "etc/rackplane/apiserver/encryption.json";

/** A member that runs Kubernetes 1.34.3 with an audit policy and encrypted Secrets, as its last grant made it. */
async function member(): Promise<TestMachine> {
  const machine = new TestMachine(1).cluster(0, 2);
  const { code, stderr } = await machine.run("member");
  expect(code, stderr).toBe(0);
  const grant = machine.grant("member");
  machine.write("var/lib/rackplane/kubeadm.json", JSON.stringify(grant.kubeadm));
  machine.write(AUDIT, "rules");
  machine.write(ENCRYPTION, "{}");
  machine.write(
    API_SERVER,
    [
      "    - --audit-policy-file=/etc/rackplane/apiserver/audit-policy.yaml",
      "    - --encryption-provider-config=/etc/rackplane/apiserver/encryption.json",
      "    image: registry.k8s.io/kube-apiserver:v1.34.3",
      "",
    ].join("\n"),
  );
  return machine;
}
const nodeWith = (machine: TestMachine, changes: Partial<NodeSpec>) => ({
  node: { ...machine.grant("member").node, ...changes },
  encryption: ENCRYPTED,
});

describe.concurrent("a running member refuses", () => {
  it("another name, version, endpoint or network, all of them at once, and nothing of it is changed", async () => {
    const machine = await member();
    const before = machine.read("etc/rackplane/node.json");
    const grant = machine.grant("member");
    const { code, stderr } = await machine.receive(
      "member",
      {
        node: {
          ...grant.node,
          cluster: { name: "lab", kubernetesVersion: "1.36.2" },
          endpoint: { address: "203.0.113.9", port: 7443 },
          announcer: { ...grant.node.announcer, kind: "kube-vip-arp" } as NodeSpec["announcer"],
        },
        kubeadm: JSON.parse(JSON.stringify(grant.kubeadm).replace("10.244.0.0/16", "10.245.0.0/16")) as never,
      },
      PROGRAM,
    );
    expect(code).toBe(1);
    for (const finding of [
      "name: found lab, expected prod",
      "kubernetesVersion: found 1.36.2, expected one minor at a time from 1.34.3 on: 1.35.x -> 1.36.2, with a 'pulumi up' for each",
      "endpoint.kind: found kube-vip-arp, expected kube-vip-bgp",
      "endpoint.address: found 203.0.113.9, expected 203.0.113.1",
      "endpoint.port: found 7443, expected 6443",
      "network.podCidr: found 10.245.0.0/16, expected 10.244.0.0/16",
      "apiServer.encryption: found none",
    ])
      expect(stderr).toContain(finding);
    expect(stderr).toContain("nothing was changed");
    expect(machine.read("etc/rackplane/node.json")).toBe(before);
    expect(machine.has("fake/program")).toBe(false);
  });

  it("another speaker of BGP, by name, and no other finding with it", async () => {
    const machine = await member();
    const grant = machine.grant("member");
    const announcer = { ...grant.node.announcer, speaker: "bird" } as NodeSpec["announcer"];
    const { code, stderr } = await machine.receive("member", { node: { ...grant.node, announcer } }, PROGRAM);
    expect(code).toBe(1);
    expect(stderr).toContain(": endpoint.speaker: found bird, expected kube-vip; ");
    expect(stderr).not.toContain("endpoint.kind");
    expect(machine.has("fake/program")).toBe(false);
  });

  it("another pod network, and kube-proxy taken out, with the way to go on", async () => {
    const machine = await member();
    const { node, kubeadm } = machine.grant("member");
    const [init = {}, ...others] = kubeadm?.init ?? [];
    const { code, stderr } = await machine.receive(
      "member",
      {
        node: { ...node, network: { kind: "cilium" } },
        kubeadm: { init: [{ ...init, skipPhases: ["addon/kube-proxy"] }, ...others], join: kubeadm?.join ?? {} },
        encryption: ENCRYPTED,
      },
      PROGRAM,
    );
    expect(code).toBe(1);
    expect(stderr).toContain(
      "network.kind: found cilium, expected flannel; network.kubeProxyReplacement: found true, expected false; ",
    );
    expect(stderr).toContain("make another cluster with these settings and move to it; nothing was changed");
    expect(machine.has("fake/program")).toBe(false);
  });

  it("nothing of a grant that changes timers alone", async () => {
    const machine = await member();
    const { announcer } = machine.grant("member").node;
    const slower = { ...announcer, holdSeconds: 9 } as NodeSpec["announcer"];
    const { code, stderr } = await machine.receive("member", nodeWith(machine, { announcer: slower }), PROGRAM);
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/program")).toBe("install\nmember\n");
  });
});

describe.concurrent("an edit of what holds the VIP", () => {
  it("is refused before anything changes when the image cannot be pulled", async () => {
    const machine = await member();
    const before = machine.read("etc/rackplane/node.json");
    const { announcer } = machine.grant("member").node;
    const mistyped = { ...announcer, image: "ghcr.io/kube-vip/kube-vip:v0.9.3" } as NodeSpec["announcer"];
    const { code, stderr } = await machine.receive("member", nodeWith(machine, { announcer: mistyped }), PROGRAM);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /endpoint\.image: .* cannot pull ghcr\.io\/kube-vip\/kube-vip:v0\.9\.3 .*nothing was changed/,
    );
    expect(machine.read("etc/rackplane/node.json")).toBe(before);
    expect(machine.has("fake/program")).toBe(false);
  });

  it("is pulled through the proxy that comes with it, and so is everything after it", async () => {
    const machine = await member();
    const { announcer } = machine.grant("member").node;
    const downloadEnvironment = "http_proxy=http://proxy.lan:3128 https_proxy=http://proxy.lan:3128 no_proxy=localhost";
    const image = "ghcr.io/kube-vip/kube-vip:v1.2.1";
    machine.write("fake/registry", `${image}\n`);
    const edited = { announcer: { ...announcer, image } as NodeSpec["announcer"], downloadEnvironment };
    const { code, stderr } = await machine.receive("member", nodeWith(machine, edited), PROGRAM);
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/pulled-by")).toBe("http://proxy.lan:3128\n");
    for (const { path, content } of proxyDropIns(downloadEnvironment))
      expect(machine.read(path.slice(1))).toBe(content);
  });

  it("is not done while a peer that had a session has none: the VIP on lo says nothing", async () => {
    const machine = await member();
    await machine.receive("member", nodeWith(machine, {}), PROGRAM);
    machine.erase(`fake/sessions/${PEERS[1]}`);
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toContain(`no BGP session with ${PEERS[1]}; compare AS, address and password`);
  });

  it("waits for no second look at sessions that have stood since the grant came", async () => {
    const machine = await member();
    await machine.receive("member", nodeWith(machine, {}), PROGRAM);
    const noted = machine.read("run/rackplane/standing-sessions");
    expect(noted).toMatch(/^\d+\n169\.254\.255\.1 10\.70\.0\.1:40001\n169\.254\.255\.2 10\.70\.0\.1:40001\n$/);
    machine.write("run/rackplane/standing-sessions", `1\n${noted?.split("\n").slice(1).join("\n")}`);
    await machine.run("member");
    const looks = () => machine.calls.filter(call => call.startsWith("ss ")).length;
    const before = looks();
    await machine.run("member");
    expect(looks() - before).toBe(PEERS.length);
    // kube-vip was started anew meanwhile: the same look would take a session of a moment for one that stands.
    machine.write(`fake/sessions/${PEERS[0]}`, "40002");
    const again = looks();
    const { code, stderr } = await machine.run("member");
    expect(code, stderr).toBe(0);
    expect(looks() - again).toBe(3 * PEERS.length);
  });

  it("does not have to mend a peer that was silent before", async () => {
    const machine = await member();
    machine.erase(`fake/sessions/${PEERS[1]}`);
    await machine.receive("member", nodeWith(machine, {}), PROGRAM);
    const { code, stderr } = await machine.run("member");
    expect(code, stderr).toBe(0);
  });

  it("that fails leaves the machine its earlier settings, as Pulumi's state has them", async () => {
    const machine = await member();
    const before = machine.read("etc/rackplane/node.json");
    machine.erase("fake/kube-vip");
    machine.write(API_SERVER, "    image: registry.k8s.io/kube-apiserver:v1.34.3\n");
    const { announcer } = machine.grant("member").node;
    const slower = { ...announcer, holdSeconds: 9 } as NodeSpec["announcer"];
    const { code, stderr } = await machine.receive(
      "member",
      { node: { ...machine.grant("member").node, announcer: slower } },
      {
        "bin/rackplane":
          '#!/bin/bash\necho "$*" >>"$FAKE/program"\n[ "$1" != member ] || exec bash "$RACKPLANE_BUNDLE/grant/verbs/member.sh"\n',
      },
    );
    expect(code, stderr).toBe(1);
    expect(stderr).toContain("kube-vip does not run here");
    expect(machine.read("etc/rackplane/node.json")).toBe(before);
    expect(machine.read("fake/program")).toBe("install\nmember\ninstall\n");
    expect(machine.has(PREVIOUS)).toBe(false);
  });

  it("is not done while kube-vip does not run", async () => {
    const machine = await member();
    machine.erase("fake/kube-vip");
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toContain("kube-vip does not run here");
  });
});

describe.concurrent("a file that the running API server reads", () => {
  it("stays when its setting is removed: the server's next start needs it", async () => {
    const machine = await member();
    machine.write("etc/rackplane/apiserver/other.yaml", "nobody's");
    const { code, stderr } = await machine.receive("member", nodeWith(machine, {}), PROGRAM);
    expect(code, stderr).toBe(0);
    expect(machine.read(AUDIT)).toBe("rules");
    expect(machine.has("etc/rackplane/apiserver/other.yaml")).toBe(false);
  });
});

describe.concurrent("a machine that joins", () => {
  it("is refused in a cluster of another version, before anything of it is touched", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/version", "v1.34.2");
    const { code, stderr } = await machine.run("join");
    expect(code).toBe(1);
    expect(stderr).toContain("kubernetesVersion: found 1.34.3, expected 1.34.2, which the cluster runs");
    expect(machine.has("var/lib/rackplane/joining")).toBe(false);
    expect(machine.calls.some(call => call.startsWith("kubeadm join"))).toBe(false);
  });

  it("has its kubelet ask anew as soon as its own API server is ready, instead of when kubelet's pause is over", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    machine.write("fake/faults/bootstrap", "1");
    const { code, stderr } = await machine.run("join");
    expect(code, stderr).toBe(0);
    expect(machine.calls.filter(call => call === "systemctl restart kubelet")).toHaveLength(1);
  });

  it("joins with the settings of its grant, which it gives the cluster first", async () => {
    const machine = new TestMachine(1).cluster(0, 2);
    const { code, stderr } = await machine.run("join");
    expect(code, stderr).toBe(0);
    expect(machine.read("fake/uploaded")).toContain('"kind":"ClusterConfiguration"');
    const order = machine.calls.filter(call => /^kubeadm (init phase upload-config|join)/.test(call));
    expect(order.map(call => call.split(" ")[1])).toEqual(["init", "join"]);
  });

  it("is none while its etcd runs as the member that is listed: a manifest moved aside evicts nobody", async () => {
    const machine = await member();
    machine.erase(API_SERVER);
    const before = machine.members;
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toContain(`kube-apiserver.yaml is missing; expected it to be there; put it back`);
    expect(machine.members).toEqual(before);
    expect(machine.has("var/lib/etcd/member")).toBe(true);
  });
});

describe.concurrent("a member of which a part is missing", () => {
  const parts = [API_SERVER, ETCD, "etc/kubernetes/kubelet.conf"];

  it.each(parts)("is not evicted for %s, also while its etcd does not answer", async part => {
    const machine = await member();
    machine.erase(part);
    machine.down(1);
    const before = machine.members;
    const { code, stderr } = await machine.run("member");
    expect(code).toBe(1);
    expect(stderr).toMatch(
      new RegExp(`${part} is missing; expected it to be there; put it back, or have .* 'kubeadm reset'`),
    );
    expect(machine.members).toEqual(before);
    expect(machine.has("var/lib/etcd/member")).toBe(true);
    expect(machine.has("var/lib/rackplane/joining")).toBe(false);
  });

  it("joins anew when its system was installed anew and etcd's disk alone survived", async () => {
    const machine = await member();
    for (const part of [...parts, "etc/kubernetes/pki/apiserver.crt", "etc/kubernetes/admin.conf"]) machine.erase(part);
    machine.down(1);
    const { code, stderr } = await machine.run("member");
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(3);
  });
});

describe.concurrent("the etcd that formed the cluster", () => {
  const ALONE = "    - etcd\n    - --initial-cluster=prod-cp-0=https://10.70.0.1:2380\n    - --name=prod-cp-0\n";
  const formed = async () => {
    const machine = new TestMachine();
    expect((await machine.run("form")).code).toBe(0);
    machine.write(ETCD, ALONE);
    return machine;
  };

  it("is told at a boot that its cluster exists, so that it never begins another one without its data", async () => {
    const machine = await formed();
    for (let boot = 0; boot < 2; boot++) {
      const { code, stderr } = await machine.program("guard");
      expect(code, stderr).toBe(0);
      expect(machine.read(ETCD)).toBe(ALONE.replace(/(:2380\n)/, "$1    - --initial-cluster-state=existing\n"));
    }
  });

  it("is left alone while it runs, and while it is being formed", async () => {
    const running = await formed();
    running.write("fake/etcd-pid", "4711");
    await running.program("guard");
    expect(running.read(ETCD)).toBe(ALONE);
    const forming = await formed();
    forming.write("var/lib/rackplane/formed.json", JSON.stringify({ cluster: "prod", state: "forming" }));
    await forming.program("guard");
    expect(forming.read(ETCD)).toBe(ALONE);
  });
});
