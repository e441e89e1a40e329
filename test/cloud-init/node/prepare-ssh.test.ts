import { afterEach, beforeEach, describe, expect, test } from "vitest";

import type { Announcer, NodeSpec } from "../../../cloud-init/contract/node";
import { FakeMachine, metadata, quick } from "./prepare-machine";

const vrrp = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
const pair: Announcer = { kind: "balancers", ...vrrp, machines: [{ name: "demo-lb-0", address: "10.70.17.21" }] };
const KUBEADM_IMAGES = ["kube-apiserver:v1.34.3", "kube-proxy:v1.34.3", "coredns/coredns:v1.12.1", "etcd:3.6.5-0"]
  .map(image => `registry.k8s.io/${image}\n`)
  .join("");
const identity = { name: "demo-cp-0", address: "10.70.17.9" };

let machine: FakeMachine;
beforeEach(async () => void (machine = await FakeMachine.boot()));
afterEach(() => machine.end());

/** A machine that existed before; `changes` replace top-level members of node.json. */
function overSsh(changes: Partial<NodeSpec> = {}, who: object = identity): void {
  machine.setNode({ ...quick(machine.url), machine: { kind: "ssh" }, ...changes });
  machine.write("etc/rackplane/identity.json", JSON.stringify(who));
  machine.write("kubeadm-images", KUBEADM_IMAGES);
  machine.write(
    "addresses",
    JSON.stringify([
      { ifname: "eth0", addr_info: [{ local: "198.51.100.41" }] },
      { ifname: "bond0", addr_info: [{ local: "10.70.17.9" }] },
    ]),
  );
}
const steps = () =>
  machine
    .progress()
    .filter(line => / done /.test(line))
    .map(line => line.split(" ")[0]);

describe("the steps of a machine over SSH", () => {
  test("ask no platform: the identity tells name and address, the machine its interface", async () => {
    overSsh({ announcer: { kind: "external" } });
    expect((await machine.run("prepare")).code).toBe(0);
    expect(steps()).toEqual([
      "tools",
      "identity",
      "kernel",
      "packages",
      "cni-plugins",
      "containerd",
      "images",
      "prepare",
    ]);
    expect(machine.machineJson()).toEqual({
      name: "demo-cp-0",
      address: "10.70.17.9",
      interface: "bond0",
      localAs: null,
      routerId: "10.70.17.9",
      source: null,
      peers: [],
    });
    expect(machine.mode("var/lib/rackplane/machine.json")).toBe("600");
  });

  test("of a worker pull no control plane's images", async () => {
    overSsh({ role: "worker" });
    expect((await machine.run("prepare")).code).toBe(0);
    const pulled = machine.calls("ctr -n k8s.io images pull").join();
    expect(pulled).toContain("kube-proxy:v1.34.3");
    expect(pulled).not.toMatch(/kube-apiserver|etcd/);
  });

  test("of a balancer bring a balancer and nothing of Kubernetes", async () => {
    overSsh({ role: "balancer", announcer: pair });
    await machine.run("prepare");
    expect(steps()).toEqual(["tools", "identity", "balancer", "prepare"]);
    expect(machine.calls("apt-get").join()).not.toMatch(/kube|containerd/);
  });

  test("a worker at Equinix Metal asks for its metadata and for no neighbours", async () => {
    const node = quick(machine.url);
    machine.setNode({ ...node, role: "worker", announcer: { ...node.announcer, peers: [] } as Announcer });
    machine.answers = [metadata({ bgp_neighbors: [] })];
    machine.write("kubeadm-images", KUBEADM_IMAGES);
    machine.write("addresses", JSON.stringify([{ ifname: "bond0", addr_info: [{ local: "10.70.17.9" }] }]));
    expect((await machine.run("prepare")).code).toBe(0);
    expect(machine.machineJson()).toMatchObject({
      name: "demo-cp-0",
      address: "10.70.17.9",
      gateway: "10.70.17.8",
      peers: [],
    });
  });

  test("a worker at Equinix Metal that announces Services has its neighbours and the routes to them", async () => {
    machine.setNode({ ...quick(machine.url), role: "worker" });
    machine.answers = [metadata()];
    machine.write("kubeadm-images", KUBEADM_IMAGES);
    expect((await machine.run("prepare")).code).toBe(0);
    expect(steps()).toEqual(expect.arrayContaining(["bgp-neighbors", "peer-routes"]));
    expect(machine.machineJson()).toMatchObject({
      peers: [{ address: "169.254.255.1" }, { address: "169.254.255.2" }],
    });
    expect(machine.calls("ip route replace").join()).toContain("169.254.255.2/32 via 10.70.17.8 src 10.70.17.9");
  });
});

describe("the identity", () => {
  const bgp = (extra: object): Announcer =>
    ({
      kind: "kube-vip-bgp",
      image: "kube-vip",
      holdSeconds: 3,
      keepaliveSeconds: 1,
      probeSeconds: 1,
      localAs: 64512,
      ...extra,
    }) as Announcer;
  const peer = { address: "10.9.0.1", as: 64500, multihop: true };

  test("has the announcer's peers, with the passwords that a grant brought", async () => {
    overSsh({ announcer: bgp({ peers: [peer, { ...peer, address: "10.9.0.2" }], source: { interface: "lo" } }) });
    machine.write("var/lib/rackplane/secrets.json", JSON.stringify({ md5: { "10.9.0.1": "Secret12345" } }));
    const { code, stderr } = await machine.step("identity");
    expect(code, stderr).toBe(0);
    expect(machine.machineJson()).toMatchObject({
      localAs: 64512,
      routerId: "10.70.17.9",
      source: { interface: "lo" },
      peers: [
        { ...peer, password: "Secret12345" },
        { ...peer, address: "10.9.0.2", password: null },
      ],
    });
    expect(stderr + machine.read("calls")).not.toContain("Secret12345");
  });

  test("has this machine's own peers where they differ from machine to machine", async () => {
    overSsh({ announcer: bgp({ peers: "identity" }) }, { ...identity, peers: [peer] });
    await machine.step("identity");
    expect(machine.machineJson().peers).toEqual([{ ...peer, password: null }]);
  });

  test("at Equinix Metal has the neighbours that the grant brought, beside the metadata's gateway", async () => {
    machine.setNode({ ...quick(machine.url), announcer: bgp({ peers: "identity" }) });
    machine.write("addresses", JSON.stringify([{ ifname: "bond0", addr_info: [{ local: "10.70.17.9" }] }]));
    machine.write("etc/rackplane/identity.json", JSON.stringify({ ...identity, peers: [peer] }));
    await machine.step("metadata");
    expect((await machine.step("identity")).code).toBe(0);
    expect(machine.machineJson()).toMatchObject({ gateway: "10.70.17.8", peers: [{ ...peer, password: null }] });
  });

  test("that is not here is asked for", async () => {
    overSsh();
    machine.remove("etc/rackplane/identity.json");
    expect((await machine.step("identity")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/identity\.json does not say this machine's name; it comes over SSH/);
  });

  test("of a machine that calls itself something else is refused", async () => {
    overSsh();
    machine.write("hostname", "web-1\n");
    expect((await machine.step("identity")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(
      /host name is 'web-1', the program calls it 'demo-cp-0': run 'hostnamectl set-hostname demo-cp-0'/,
    );
  });

  test.each([
    [
      "an address that no interface has",
      { ...identity, address: "10.70.17.99" },
      /no interface of this machine has 10\.70\.17\.99/,
    ],
    [
      "another interface than the address's",
      { ...identity, interface: "eth0" },
      /interface eth0 does not have 10\.70\.17\.9; see 'ip address'/,
    ],
  ])("with %s is refused", async (_, who, message) => {
    overSsh({}, who);
    expect((await machine.step("identity")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(message);
  });
});

describe("the balancer", () => {
  const needs = (balancer: "haproxy" | "nginx") => overSsh({ announcer: { kind: "keepalived", ...vrrp, balancer } });

  test("comes with keepalived, and neither starts by itself", async () => {
    needs("haproxy");
    expect((await machine.step("balancer")).code).toBe(0);
    const calls = machine.calls().filter(call => /mask|install|disable/.test(call));
    expect(calls.map(call => call.replace(/-qy (-o \S+ )+/, ""))).toEqual([
      "systemctl mask --quiet --runtime haproxy.service keepalived.service",
      "apt-get install --no-install-recommends haproxy keepalived",
      "systemctl unmask --quiet --runtime haproxy.service",
      "systemctl disable --quiet --now haproxy.service",
      "systemctl unmask --quiet --runtime keepalived.service",
      "systemctl disable --quiet --now keepalived.service",
    ]);
  });

  test("nginx brings the module that passes streams on", async () => {
    needs("nginx");
    await machine.step("balancer");
    expect(machine.calls("apt-get").join()).toContain("nginx keepalived libnginx-mod-stream");
  });

  test("by VRRP version 3 brings nftables for its filter where there is none, and takes hold of no service of it", async () => {
    overSsh({ announcer: { kind: "keepalived", ...vrrp, vrrpVersion: 3, advertSeconds: 0.25 } });
    expect((await machine.step("balancer")).code).toBe(0);
    expect(machine.calls("apt-get").join()).toContain("haproxy keepalived nftables");
    expect(machine.calls("systemctl").join()).not.toContain("nftables");
  });

  test("that somebody had installed keeps its own service", async () => {
    needs("haproxy");
    for (const name of ["haproxy", "keepalived"]) machine.write(`fakes/${name}`, "#!/bin/sh\n", 0o755);
    expect((await machine.step("balancer")).code).toBe(0);
    expect(machine.calls("systemctl")).toEqual([]);
    expect(machine.calls("apt-get")).toEqual([]);
  });

  test("that was cut off while it was installed is finished by the next run", async () => {
    needs("haproxy");
    machine.write("var/lib/rackplane/own-services", "haproxy\nkeepalived\n");
    for (const name of ["haproxy", "keepalived"]) machine.write(`fakes/${name}`, "#!/bin/sh\n", 0o755);
    await machine.step("balancer");
    expect(machine.calls("systemctl disable")).toHaveLength(2);
  });

  test("that cannot be had is said", async () => {
    needs("haproxy");
    machine.write("broken/apt-get", "Unable to locate package haproxy\n");
    expect((await machine.step("balancer")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(
      /waited 1 s for haproxy keepalived from the distribution's package mirror.*Unable to locate/,
    );
  });
});

describe("BIRD", () => {
  const bgp = { kind: "kube-vip-bgp", holdSeconds: 3, keepaliveSeconds: 1, probeSeconds: 1, peers: [] } as const;

  test("comes as version 2 where it speaks for the VIP, and does not start by itself", async () => {
    overSsh({ announcer: { ...bgp, speaker: "bird" } });
    expect((await machine.step("balancer")).code).toBe(0);
    const calls = machine.calls().filter(call => /mask|install|disable/.test(call));
    expect(calls.map(call => call.replace(/-qy (-o \S+ )+/, ""))).toEqual([
      "systemctl mask --quiet --runtime bird.service",
      "apt-get install --no-install-recommends bird2",
      "systemctl unmask --quiet --runtime bird.service",
      "systemctl disable --quiet --now bird.service",
    ]);
  });

  test.each<[boolean, string, Partial<NodeSpec>]>([
    [true, "a control-plane machine with it", { announcer: { ...bgp, speaker: "bird" } }],
    [false, "one with kube-vip", { announcer: { ...bgp, image: "kube-vip" } }],
    [false, "a worker", { role: "worker", announcer: bgp }],
  ])("is a step (%s) of %s", async (wanted, _machine, changes) => {
    overSsh(changes);
    expect((await machine.run("prepare")).code).toBe(0);
    expect(steps().includes("balancer")).toBe(wanted);
  });
});

test("installing starts the announcer only where there is something to announce", async () => {
  for (const [changes, announcer, cni] of [
    [{ announcer: { kind: "external" } }, false, true],
    [{ role: "worker" }, false, true],
    [{ role: "balancer", announcer: pair }, true, false],
    [{}, true, true],
  ] as [Partial<NodeSpec>, boolean, boolean][]) {
    overSsh(changes);
    // As before its first grant.
    machine.remove("etc/rackplane/roster.json");
    machine.write("calls", "");
    await machine.run("install");
    expect(machine.calls("systemctl").join()).not.toMatch(/announcer|cni/);

    machine.write("etc/rackplane/roster.json", "[]");
    await machine.run("install");
    expect(machine.calls("systemctl restart --no-block rackplane-announcer").length > 0, JSON.stringify(changes)).toBe(
      announcer,
    );
    expect(machine.calls("systemctl enable --quiet rackplane-cni.path").length > 0).toBe(cni);
  }
});
