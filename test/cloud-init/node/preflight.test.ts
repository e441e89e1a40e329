import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";

import type { Announcer, NodeSpec } from "../../../cloud-init/contract/node";
import { OPERATING_SYSTEMS } from "../../../cloud-init/operating-systems";
import { type PreflightFacts } from "../../../cloud-init/preflight";
import { arpAnnouncer as arp, plainNode } from "../nodes";
import { Server, VIP } from "./preflight-server";

const NODE = path.resolve(__dirname, "../../../cloud-init/node");
const PROGRAM = path.join(NODE, "bin/rackplane");
const keepalived: Announcer = {
  kind: "keepalived",
  balancer: "nginx",
  prefix: 24,
  virtualRouterId: 51,
  advertSeconds: 1,
};

const listening = spawnSync("bash", ["-c", "command -v openssl"]).status === 0;

test("a fit machine has no finding, and tells what must differ between machines", async () => {
  const { code, answer } = await new Server().asked();
  expect(answer).toEqual({
    machine: "demo-cp-0",
    epoch: expect.stringMatching(/^\d{10}$/) as string,
    hostname: "demo-cp-0",
    machineId: "3d1219c7",
    productUuid: "5d1c2e9a",
    findings: [],
  });
  expect(code).toBe(0);
});

test("a VIP that a machine had a moment ago, and that is remembered still, is nobody's", async () => {
  const server = new Server();
  server.write("remembered", `${VIP} dev eth0 lladdr 02:00:00:00:00:99 STALE\n`);
  expect((await server.asked({ announcer: arp })).answer.findings).toEqual([]);
});

const TITLES = OPERATING_SYSTEMS.map(({ title }) => title);

test.each(OPERATING_SYSTEMS)("$title is one of the distributions that are fit", async ({ id, version }) => {
  const server = new Server();
  server.write("etc/os-release", `ID=${id}\nVERSION_ID="${version}"\n`);
  expect((await server.asked()).answer.findings).toEqual([]);
});

interface Case {
  readonly set: (server: Server) => void;
  readonly node?: Partial<NodeSpec>;
  readonly facts?: Partial<PreflightFacts>;
}
const FINDINGS: readonly (readonly [string, string, RegExp, Case])[] = [
  [
    "another distribution",
    "distribution",
    new RegExp(`fedora 41 \\| ${TITLES.slice(0, -1).join(", ")} or ${TITLES.at(-1)} \\|`),
    { set: s => s.write("etc/os-release", "ID=fedora\nVERSION_ID=41\n") },
  ],
  [
    "an Ubuntu of the year 2020",
    "distribution",
    /ubuntu 20\.04/,
    { set: s => s.write("etc/os-release", 'ID=ubuntu\nVERSION_ID="20.04"\n') },
  ],
  ["one CPU", "cpus", /1 CPUs \| 2 or more/, { set: s => s.write("cpus", "1\n") }],
  [
    "too few CPUs for its isolation",
    "cpus",
    /4 CPUs \| 4\.5 or more \| .*controlPlane\.isolation/,
    { set: () => undefined, node: { isolation: { cpus: 4.5, memoryMiB: 2048, static: false } } },
  ],
  [
    "too little memory",
    "memory",
    /976 MiB of memory \| 1700 MiB/,
    { set: s => s.write("proc/meminfo", "MemTotal: 1000000 kB\n") },
  ],
  [
    "a clock that is behind",
    "clock",
    /^a clock 3[56]\d\d s or more behind yours \| 5 s at most \| start time synchronisation on it \('timedatectl set-ntp true'\) and check your own clock$/,
    { set: () => undefined, facts: { epoch: Math.floor(Date.now() / 1000) + 3600 } },
  ],
  [
    "a clock that is ahead by more than it can have been asked late",
    "clock",
    /^a clock up to 36\d\d s ahead of yours \| 300 s at most, what passed until it was asked included \| .*; if both are right, it was asked late: run 'pulumi up' again$/,
    { set: () => undefined, facts: { epoch: Math.floor(Date.now() / 1000) - 3600 } },
  ],
  [
    "another host name",
    "hostname",
    /the host name web-1 \| demo-cp-0.*hostnamectl set-hostname demo-cp-0/,
    { set: s => s.write("hostname", "web-1\n") },
  ],
  [
    "swap",
    "swap",
    /swap on \/dev\/sda3 \| none/,
    { set: s => s.write("proc/swaps", "Filename\n/dev/sda3 partition 1 0 -2\n") },
  ],
  ["no default route", "default-route", /no default route/, { set: s => s.write("no-default", "") }],
  [
    "no such address",
    "address",
    /no interface with 10\.70\.17\.9; it has: eth0 10\.70\.17\.8\/24/,
    { set: s => s.write("addresses", "2: eth0    inet 10.70.17.8/24 scope global eth0\n") },
  ],
  [
    "the address on another interface",
    "interface",
    /10\.70\.17\.9 on eth0 \| it on bond0/,
    {
      set: s =>
        s.write(
          "addresses",
          "2: eth0    inet 10.70.17.9/24 scope global eth0\n3: bond0 inet 10.8.0.1/24 scope global bond0\n",
        ),
      facts: { machine: { name: "demo-cp-0", address: "10.70.17.9", interface: "bond0" } },
    },
  ],
  [
    "no such interface for the VIP",
    "vip-interface",
    /no interface eno9 \| .*it has: eth0/,
    { set: () => undefined, node: { announcer: { ...arp, interface: "eno9" } } },
  ],
  [
    "a VIP outside of its subnet",
    "vip-subnet",
    /reached by: 127\.0\.0\.1 via 10\.70\.17\.1 dev eth0 .*\| directly on eth0 \| choose an address from the subnet/,
    { set: s => s.write("vip-route", `${VIP} via 10.70.17.1 dev eth0 src 10.70.17.9\n`) },
  ],
  [
    "a VIP for BGP on its own network",
    "vip-subnet",
    /on the machine's own network: 127\.0\.0\.0\/24 dev eth0 .*\| an address outside of it/,
    {
      set: s => s.write("vip-match", "127.0.0.0/24 dev eth0 proto kernel scope link src 10.70.17.9\n"),
      node: { announcer: plainNode.announcer },
    },
  ],
  [
    "a VIP that lies on itself",
    "vip",
    /the VIP 127\.0\.0\.1 on this machine's own lo/,
    {
      set: s =>
        s.write(
          "addresses",
          "2: eth0    inet 10.70.17.9/24 scope global eth0\n1: lo    inet 127.0.0.1/8 scope host lo\n",
        ),
    },
  ],
  [
    "a VIP that some machine has",
    "vip",
    /a machine with the MAC address 02:00:00:00:00:99 that has 127\.0\.0\.1/,
    { set: s => s.write("neighbour", `${VIP} dev eth0 lladdr 02:00:00:00:00:99 REACHABLE\n`) },
  ],
  [
    "an etcd on its port",
    "port",
    /something that listens on port 2379 \| the port free \| see 'ss -ltnp sport = :2379'/,
    { set: s => s.listen(22, 2379) },
  ],
  [
    "a web server where the balancer goes",
    "port",
    /listens on port 6443/,
    {
      set: s => s.listen(6443),
      node: { announcer: keepalived, endpoint: { address: VIP, port: 6443, apiServerPort: 6444 } },
    },
  ],
  [
    "another cluster's control plane",
    "cluster",
    /\/etc\/kubernetes\/admin\.conf, of a cluster that is not "demo".*kubeadm reset/,
    { set: s => s.write("etc/kubernetes/admin.conf", "") },
  ],
  [
    "another cluster's data",
    "cluster",
    /\/var\/lib\/etcd\/member, of a cluster that is not "demo"/,
    { set: s => s.write("var/lib/etcd/member/snap/db", "") },
  ],
  [
    "a disk for etcd that is not mounted",
    "etcd-directory",
    /no \/data \| a folder below the place at which its disk is mounted .*\/etc\/fstab/,
    { set: () => undefined, facts: { etcdDirectory: "/data/etcd" } },
  ],
  [
    "another cluster's data on etcd's own disk",
    "cluster",
    /\/data\/etcd\/member, of a cluster that is not "demo" of this program \|.*remove \/data\/etcd/,
    { set: s => s.write("data/etcd/member/snap/db", ""), facts: { etcdDirectory: "/data/etcd" } },
  ],
  [
    "another program's preparation",
    "cluster",
    /\/etc\/rackplane\/node\.json of another cluster/,
    { set: s => s.write("etc/rackplane/node.json", JSON.stringify({ cluster: { name: "other" } })) },
  ],
  ["no systemd", "programs", /no systemctl \| it, as every Debian/, { set: s => s.remove("fakes/systemctl") }],
];

describe("one finding", () => {
  test.each(FINDINGS.filter(([, check]) => check !== "programs" || !fs.existsSync("/usr/bin/systemctl")))(
    "is told of %s",
    async (_, check, message, { set, node, facts }) => {
      const server = new Server();
      set(server);
      const { code, answer } = await server.asked(node, facts);
      expect(answer.findings.map(finding => finding.check)).toEqual([check]);
      expect(answer.findings.map(({ found, expected, todo }) => `${found} | ${expected} | ${todo}`)[0]).toMatch(
        message,
      );
      expect(code).toBe(1);
    },
  );
});

/** A server that kubeadm made a member of another cluster's control plane, as its files say it. */
function kubeadmMember(): Server {
  const server = new Server();
  const manifest = (image: string, argument: string) =>
    `spec:\n  containers:\n  - command:\n    - ${argument}\n    image: ${image}\n`;
  server.write("etc/kubernetes/admin.conf", "clusters:\n- cluster:\n    server: https://10.70.17.50:6443\n");
  server.write("etc/kubernetes/kubelet.conf", "clusters:\n- cluster:\n    server: https://10.70.17.9:6443\n");
  server.write(
    "etc/kubernetes/manifests/kube-apiserver.yaml",
    manifest("registry.k8s.io/kube-apiserver:v1.30.2@sha256:abc", "kube-apiserver"),
  );
  server.write(
    "etc/kubernetes/manifests/etcd.yaml",
    manifest(
      "registry.k8s.io/etcd:3.5.12-0",
      "--initial-cluster=old-1=https://10.70.17.9:2380,old-2=https://10.70.17.10:2380",
    ),
  );
  server.write("etc/kubernetes/pki/ca.crt", "a certificate\n");
  server.write("etc/kubernetes/pki/ca.key", "a key\n");
  server.write("etc/cni/net.d/10-calico.conflist", '{"name": "k8s-pod-network",\n "plugins": [{"type": "calico"}]}');
  server.write("kubelet-runs", "");
  server.listen(6443, 2379, 2380, 10250, 10257, 10259);
  return server;
}
const HASH = createHash("sha256").update("a certificate\n").digest("hex").slice(0, 12);

describe("a cluster that this program did not make", () => {
  test("is recognised on a control-plane machine, with its version, endpoint, pod network, etcd members and CA; its ports are no findings beside it", async () => {
    const server = kubeadmMember();
    server.write(
      "etcd-members",
      '{"header":{},"members":[{"ID":"1","name":"old-1"},{"ID":"2","name":"old-2"},{"ID":"3","name":"old-3"}]}',
    );
    const { code, answer } = await server.asked();
    expect(answer.findings).toEqual([
      {
        check: "cluster",
        found: `/etc/kubernetes/admin.conf, of a cluster that is not "demo" of this program: a control-plane machine of Kubernetes 1.30.2, kubelet runs, endpoint https://10.70.17.50:6443, pod network calico, etcd members old-1 old-2 old-3, with its CA's key (ca.crt has SHA-256 ${HASH})`,
        expected: "a machine that is in no cluster",
        todo: "clusters are not taken over (docs/adopt.md): take another machine, or, if nothing there is needed, run 'kubeadm reset' on it and remove /var/lib/etcd",
      },
    ]);
    expect(code).toBe(1);
  });

  test("tells the members of etcd that its manifest names where etcd does not answer, and that kubelet does not run", async () => {
    const server = kubeadmMember();
    server.remove("kubelet-runs");
    server.remove("etc/kubernetes/pki/ca.key");
    const { answer } = await server.asked();
    expect(answer.findings.map(({ found }) => found)).toEqual([
      expect.stringMatching(/kubelet does not run.*, etcd members old-1 old-2, without its CA's key/),
    ]);
  });

  test("is recognised where etcd is elsewhere, and by a manifest alone", async () => {
    const server = kubeadmMember();
    server.remove("etc/kubernetes/manifests/etcd.yaml");
    server.remove("etc/kubernetes/admin.conf");
    server.remove("etc/kubernetes/kubelet.conf");
    const { answer } = await server.asked();
    expect(answer.findings.map(({ found }) => found)).toEqual([
      expect.stringMatching(
        /^\/etc\/kubernetes\/manifests\/kube-apiserver\.yaml, .* endpoint unknown, .*, etcd elsewhere, /,
      ),
    ]);
  });

  test("is recognised on a worker, by its kubelet", async () => {
    const server = new Server();
    server.write("etc/kubernetes/kubelet.conf", "    server: https://10.70.17.50:6443\n");
    server.write("kubelet-runs", "");
    server.listen(10250);
    const { answer } = await server.asked({ role: "worker" });
    expect(answer.findings.map(({ found }) => found)).toEqual([
      '/etc/kubernetes/kubelet.conf, of a cluster that is not "demo" of this program: a worker of Kubernetes 1.29.4, kubelet runs, endpoint https://10.70.17.50:6443, pod network unknown',
    ]);
  });

  test("has the VIP that the stack file names: nobody is told to switch its machine off", async () => {
    const server = kubeadmMember();
    server.write("etc/kubernetes/admin.conf", `    server: https://${VIP}:6443\n`);
    server.write("neighbour", `${VIP} dev eth0 lladdr 02:00:00:00:00:99 REACHABLE\n`);
    expect((await server.asked()).answer.findings.map(({ check }) => check)).toEqual(["cluster"]);
  });

  test("that is this very cluster, in a machine that is of it already, is none", async () => {
    const server = kubeadmMember();
    server.write("etc/rackplane/node.json", JSON.stringify({ cluster: { name: "demo" } }));
    expect((await server.asked()).answer.findings).toEqual([]);
  });
});

describe("preflight", () => {
  test("tells all findings together, and on request without failing", async () => {
    const server = new Server();
    server.write("cpus", "1\n");
    server.write("etc/os-release", "ID=de\\bian\t$(reboot)\nVERSION_ID=\n");
    server.listen(10250, 10259);
    const { code, answer } = await server.asked({}, { fail: false, epoch: 5 });
    expect(answer.findings.map(({ check }) => check)).toEqual(["distribution", "cpus", "clock", "port", "port"]);
    expect(code).toBe(0);
  });

  test("takes a machine that was asked a minute late for what it is", async () => {
    expect((await new Server().asked({}, { epoch: Math.floor(Date.now() / 1000) - 60 })).answer.findings).toEqual([]);
  });

  test("finds nothing in a machine that is the cluster's own already", async () => {
    const server = new Server();
    server.write(
      "etc/rackplane/node.json",
      JSON.stringify({ schema: 1, cluster: { name: "demo", kubernetesVersion: "1.34.3" } }, null, 2),
    );
    server.write("etc/kubernetes/admin.conf", "");
    server.write("proc/swaps", "Filename\n/dev/sda3 partition 1 0 -2\n");
    server.write(
      "addresses",
      "2: eth0    inet 10.70.17.9/24 scope global eth0\n2: eth0    inet 127.0.0.1/32 scope global eth0\n",
    );
    server.listen(6443, 2379, 2380, 10250, 10257, 10259);
    expect((await server.asked()).answer.findings).toEqual([]);
  });

  test.runIf(listening)(
    "takes a VIP that answers for the cluster's own only if the roster's API servers have the same CA",
    async () => {
      const net = await import("node:net");
      const server = net.createServer(socket => socket.end()).listen(0, VIP);
      await new Promise(ready => server.once("listening", ready));
      const { port } = server.address() as import("node:net").AddressInfo;
      const machine = new Server();
      const node = { endpoint: { address: VIP, port, apiServerPort: 6444 } };
      machine.write(`tls/${VIP}:${port}`, "CA:FE\n");
      machine.write("tls/10.70.17.11:6444", "CA:FE\n");
      expect((await machine.asked(node)).answer.findings).toEqual([]);

      machine.write("tls/10.70.17.11:6444", "BA:BE\n");
      expect((await machine.asked(node)).answer.findings).toMatchObject([
        { check: "vip", found: `somebody who answers at ${VIP}:${port} and is none of this program's machines` },
      ]);
      server.close();
    },
  );

  test("leaves swap of a container, and other people's endpoint, alone", async () => {
    const server = new Server();
    server.write("container", "");
    server.write("proc/swaps", "Filename\n/dev/sda3 partition 1 0 -2\n");
    server.write("neighbour", `${VIP} dev eth0 lladdr 02:00:00:00:00:99 REACHABLE\n`);
    expect((await server.asked({ announcer: { kind: "external" } })).answer.findings).toEqual([]);
  });

  test("asks a worker and a balancer for less", async () => {
    const server = new Server();
    server.write("cpus", "1\n");
    server.write("proc/meminfo", "MemTotal: 1000000 kB\n");
    server.listen(2379, 6443);
    expect((await server.asked({ role: "worker" })).answer.findings).toEqual([]);
    server.listen(2379);
    expect((await server.asked({ role: "balancer" })).answer.findings).toEqual([]);
  });

  test("without a request says what it lacks", () => {
    const { status, stderr } = spawnSync("bash", [PROGRAM, "preflight"], {
      input: "",
      encoding: "utf8",
      env: { ...process.env, RACKPLANE_BUNDLE: NODE },
    });
    expect(status).toBe(64);
    expect(stderr).toMatch(/the request lacks 'name='; expected the lines that preflightRequest/);
  });
});
