import { checks, runCheck } from "../cli/check";
import { sumOf, type Suite } from "./suite";
import { vitest } from "./vitest";

type Row = Omit<Suite, "run">;

/** Tests of vitest.config.ts: no rack, any user. */
const plain = (row: Omit<Row, "needs">): Suite => ({
  ...row,
  needs: "node",
  run: () => vitest(row.name, ["--project", row.name]),
});

/** Machines install and pull everything themselves; elsewhere their disks are prepared (rack/setup/prepare.ts). */
const PLAIN = { RACKPLANE_DISKS: "plain" };

/** A folder of rack/test. */
const folder = (row: Row, env: NodeJS.ProcessEnv = {}): Suite => ({
  ...row,
  run: () => vitest(row.name, ["--config", "rack/vitest.config.ts"], { SUITE: row.name, ...env }),
});

/** A way to hold the VIP, on machines that exist, under faults and writes (rack/test/kinds). */
const kind = (name: string, shows: string, minutes: number, covers: readonly string[]): Suite =>
  folder(
    {
      name: `kind-${name}`,
      shows,
      minutes,
      needs: "root",
      core: false,
      covers: [...covers, "components/endpoint", "cloud-init/node/grant/announcers", `rack/stacks/rack-${name}.yaml`],
    },
    { SUITE: "kinds", KIND: name },
  );

const KUBE_VIP = ["components/config/endpoint/kube-vip", "rack/tools/kube-vip"];
const VRRP = ["components/config/endpoint/vrrp", "components/config/endpoint/keepalived", "rack/daemon/balancer"];

/** Every suite, the cheapest first. */
export const SUITES: readonly Suite[] = [
  {
    name: "check",
    shows: "types, lint and form of every file",
    minutes: 1,
    needs: "node",
    core: true,
    covers: [],
    run: async () => {
      const results = [];
      for (const check of checks()) results.push(await runCheck(check));
      return sumOf(results);
    },
  },
  plain({
    name: "unit",
    shows: "pure functions, resource graphs, golden files, how members join and grants are received",
    minutes: 1,
    core: true,
    covers: [],
  }),
  plain({
    name: "node",
    shows: "the on-node program: boots, formations, edits, what is refused and taken back",
    minutes: 1.5,
    core: true,
    covers: [],
  }),
  folder({
    name: "core",
    shows:
      "the stack rack comes up, again without a change, outlives faults, a replaced machine and killed runs, leaks no secret and leaves nothing; one VRRP stack comes up and outlives a power-off",
    minutes: 14,
    needs: "root",
    core: true,
    covers: [],
  }),
  plain({
    name: "long",
    shows: "the announcer over time, a crash of membership at every place, additions to the tables",
    minutes: 2,
    core: false,
    covers: ["cloud-init", "components", "test", "rack/plugins"],
  }),
  folder({
    name: "sizes",
    shows: "user data, state and the time of a preview keep their bounds",
    minutes: 1.5,
    needs: "root",
    core: false,
    covers: ["cloud-init", "components", "bench/sizes", "examples"],
  }),
  folder({
    name: "previews",
    shows: "every example is previewed offline by the real CLI, the first within four seconds",
    minutes: 1,
    needs: "root",
    core: false,
    covers: ["examples", "components", "index.ts", "Pulumi.yaml", "rack/plugins", "rack/cli"],
  }),
  folder({
    name: "library",
    shows: "the packed library works in another program",
    minutes: 0.5,
    needs: "node",
    core: false,
    covers: ["package.json", "components/index.ts", "tsconfig"],
  }),
  folder(
    {
      name: "sites",
      shows:
        "MD5, an old site with one peer, a proxy for downloads, neighbours from the Metal API, a rented worker, rented workers that announce Services",
      minutes: 9,
      needs: "root",
      core: false,
      covers: ["components/machines/equinix-metal", "cloud-init/node/boot", "rack/metal-api", "rack/metadata"],
    },
    PLAIN,
  ),
  folder(
    {
      name: "isolation",
      shows: "preflight tells all that is wrong at once; a control plane kept apart; encryption and audit; a bastion",
      minutes: 5,
      needs: "root",
      core: false,
      covers: ["components/machines", "cloud-init/node/grant", "cloud-init/documents", "components/config"],
    },
    PLAIN,
  ),
  folder(
    {
      name: "interrupted",
      shows: "an `up` over SSH that is cut, and a machine that reboots while it joins, converge, formed once",
      minutes: 5,
      needs: "root",
      core: false,
      covers: ["components/membership", "cloud-init/node/grant", "cloud-init/node/boot"],
    },
    PLAIN,
  ),
  folder({
    name: "edits",
    shows:
      "edits of a running cluster, good and bad, under a probe: image, timer, password, peer, and what is refused; a table of what each costs",
    minutes: 22,
    needs: "root",
    core: false,
    covers: ["cloud-init/node/grant", "cloud-init/node/health", "components/membership", "components/endpoint"],
  }),
  folder({
    name: "upgrade",
    shows:
      "Kubernetes 1.34.3 becomes 1.34.4 on three members and a worker under a reader and a writer; a version that no mirror has stops at the first machine; no way back",
    minutes: 12,
    needs: "root",
    core: false,
    covers: ["cloud-init/node/grant/change", "cloud-init/node/grant/lib/versions.sh", "rack/tools/kubernetes-"],
  }),
  folder({
    name: "life",
    shows:
      "Services and DNS answer after kube-proxy's hourly full sync; another SSH server in the way of a new machine gets no grant; a machine cut off from etcd's peers alone, a lost quorum, certificates that have ended; two of five members lost and replaced in one `up`; a formation that was cut starts over; a connection that breaks after the keys were sent shows none",
    minutes: 31,
    needs: "root",
    core: false,
    covers: [
      "rack/mirrors",
      "rack/network",
      "cloud-init/documents",
      "components/machines/equinix-metal",
      "components/membership",
      "cloud-init/node/boot/verbs",
      "cloud-init/node/grant",
      "rack/metal-api",
      "rack/metadata",
      "cloud-init/node/grant/announcers",
      "cloud-init/node/grant/lib",
      "cloud-init/node/health",
    ],
  }),
  folder({
    name: "renew",
    shows:
      "certificates that run out in minutes are renewed by `up` under a reader and a writer at the VIP, over BGP and by ARP; after they have ended, and with etcd's quorum lost to it; a kubeconfig by name, issued anew and refused",
    minutes: 15,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/change",
      "cloud-init/node/grant/membership/ended.sh",
      "components/membership/certificates.ts",
      "components/membership/kubeconfig",
    ],
  }),
  folder({
    name: "services",
    shows:
      "Services of type LoadBalancer over BGP and by ARP: a client outside, a worker that loses power, twenty at once, one deleted, neighbours from annotations, and the section taken out",
    minutes: 8,
    needs: "root",
    core: false,
    covers: [
      "components/addons",
      "components/config/services",
      "rack/tools/kube-vip",
      "rack/network",
      "rack/stacks/rack-services",
    ],
  }),
  folder({
    name: "pod-network",
    shows:
      "a cluster without a pod network, which `up` and the doctor name; one that is brought by hand; a person's manifests, good and bad; what the charts of Cilium and Calico install, checked by the API server",
    minutes: 5,
    needs: "root",
    core: false,
    covers: [
      "components/addons",
      "components/config/network",
      "cloud-init/node/grant/verbs/await-nodes.sh",
      "rack/stacks/rack-manifests.yaml",
      "rack/stacks/manifests",
    ],
  }),
  folder({
    name: "local-balancers",
    shows:
      "workers with a balancer of their own: the VIP's holder loses power, every API server is away for 20 s, the control plane grows and shrinks, the setting goes and comes, and no kubelet is NotReady",
    minutes: 8,
    needs: "root",
    core: false,
    covers: [
      "cloud-init/node/grant/lib/local-balancer.sh",
      "cloud-init/node/grant/jq/haproxy.jq",
      "cloud-init/node/grant/membership/worker.sh",
      "components/config/endpoint/local-balancer.ts",
      "bench/scenarios/local-balancers.ts",
    ],
  }),
  folder({
    name: "cloud",
    shows:
      "an external cloud provider: Nodes initialised by its controller, a Service's address reserved by it, neighbours that kube-vip reads from both forms of its annotations; taken out, and refused when put back",
    minutes: 6,
    needs: "root",
    core: false,
    covers: [
      "components/addons/cloud-provider",
      "components/config/cloud-provider",
      "rack/tools/cloud-provider",
      "rack/stacks/rack-cloud",
      "cloud-init/node/grant/membership/cloud-provider.sh",
    ],
  }),
  folder({
    name: "doctor",
    shows:
      "27 faults on a running cluster, one at a time, each named first by `./rackplane doctor` with what mends it, and healed; a second holder of the VIP; healthy clusters in which it finds nothing",
    minutes: 8,
    needs: "root",
    core: false,
    covers: ["doctor", "cloud-init/node/health", "cloud-init/node/grant/verbs/examine.sh"],
  }),
  folder({
    name: "kube-vip-0.9",
    shows: "kube-vip 0.9.1, which a configuration may still name, announces by BGP and by ARP and outlives a fault",
    minutes: 6,
    needs: "root",
    core: false,
    covers: [...KUBE_VIP, "cloud-init/node/grant/jq/kube-vip.jq", "cloud-init/node/grant/lib/kube-vip.sh"],
  }),
  folder(
    {
      name: "debian-13",
      shows: "the stack rack on Debian 13, whole: it installs, comes up, again without a change, and outlives faults",
      minutes: 6,
      needs: "root",
      core: false,
      covers: ["rack/machines", "cloud-init/node/boot", "cloud-init/operating-systems.ts"],
    },
    PLAIN,
  ),
  folder({
    name: "conformance",
    shows: "Kubernetes' own conformance tests of the network pass, asked through a Service of type LoadBalancer",
    minutes: 5,
    needs: "root",
    core: false,
    covers: ["components/addons", "components/config/network", "rack/tools/conformance", "rack/tools/coredns"],
  }),
  folder({
    name: "newer-cli",
    shows: "the stack rack comes up, again without a change, and goes down by Pulumi CLI 3.274.1",
    minutes: 4,
    needs: "root",
    core: false,
    covers: ["Pulumi.yaml", "rack/tools/pulumi", "rack/cli/pulumi", "rack/plugins"],
  }),
  folder({
    name: "node-versions",
    shows: "the unit tests and an offline preview on Node 22 and 24",
    minutes: 4,
    needs: "root",
    core: false,
    covers: ["package.json", "package-lock.json", "rackplane"],
  }),
  folder({
    name: "cgroup-v2",
    shows:
      "on a host with cgroup version 2 alone, under emulation: a machine's systemd and kubelet have their tree, it freezes and thaws, down leaves nothing",
    minutes: 5,
    needs: "root",
    core: false,
    covers: ["rack/machines", "rack/vm"],
  }),
  kind("bgp", "kube-vip with BGP peers that the configuration names, MD5", 5, KUBE_VIP),
  kind("arp", "kube-vip with ARP and an election", 6, KUBE_VIP),
  kind("haproxy", "keepalived with HAProxy on every control-plane machine", 6, VRRP),
  kind("nginx", "keepalived with nginx on every control-plane machine", 6, VRRP),
  kind(
    "balancers",
    "a pair of balancers in front, which front more ports for a while; three members grow to five and shrink again",
    11,
    VRRP,
  ),
  kind("external", "a balancer that is not ours", 6, ["components/config/endpoint/external", "rack/daemon/balancer"]),
  kind("workers", "pools of workers; machines installed anew", 5, [
    "components/membership",
    "components/config/machines",
    "bench/scenarios/workers",
  ]),
];
