import { execFileSync, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import type { Announcer, NodeSpec } from "../../cloud-init/contract/node";
import { plainNode } from "./nodes";

const JQ = path.resolve(__dirname, "../../cloud-init/node/grant/jq");
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-kinds-"));
afterAll(() => fs.rmSync(directory, { recursive: true }));

const machines = (role: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: `demo-${role}-${i}`,
    address: `10.70.0.${(role === "cp" ? 1 : 21) + i}`,
  }));
const roster = machines("cp", 3);
const vrrp = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1 } as const;
const endpoint = { address: "10.70.0.100", port: 6443 };
const keepalived = {
  announcer: { kind: "keepalived", ...vrrp } as Announcer,
  endpoint: { ...endpoint, apiServerPort: 6444 },
};
const third = {
  ...keepalived,
  announcer: { kind: "keepalived", ...vrrp, vrrpVersion: 3, advertSeconds: 0.25 } as Announcer,
};
const pair = {
  announcer: { kind: "balancers", ...vrrp, machines: machines("lb", 2) } as Announcer,
  endpoint,
  role: "balancer" as const,
};
const fronting = {
  ...pair,
  balancing: {
    statistics: { port: 8080 },
    connectionLog: true,
    snmpTraps: true,
    frontends: [
      { name: "https", port: 443, check: true, servers: ["10.70.0.31:30443", "10.70.0.32:30443"] },
      { name: "api-too", port: 8443, check: false, controlPlanePort: 6443 },
    ],
  },
} as const;
const worker = { announcer: pair.announcer, endpoint, role: "worker" as const, localBalancer: { port: 7445 } };
const bgp = { image: "ghcr.io/kube-vip/kube-vip:v1.2.2", holdSeconds: 3, keepaliveSeconds: 1, probeSeconds: 1 };

interface Given {
  readonly node?: Partial<NodeSpec>;
  readonly machine?: object;
  readonly roster?: object;
  readonly secrets?: object;
  readonly args?: string[];
}

/** What a jq program makes, as the announcer calls it. */
function rendered(
  program: string,
  { node = {}, machine = { ...roster[1], interface: "bond0" }, args = [], ...given }: Given,
): string {
  const file = (name: string, content: object) => {
    fs.writeFileSync(path.join(directory, name), JSON.stringify(content));
    return path.join(directory, name);
  };
  return execFileSync(
    "jq",
    [
      "-r",
      "--slurpfile",
      "machine",
      file("machine", machine),
      "--slurpfile",
      "roster",
      file("roster", given.roster ?? roster),
      "--slurpfile",
      "secrets",
      file("secrets", given.secrets ?? {}),
      ...args,
      "-f",
      path.join(JQ, program),
      file("node", { ...plainNode, machine: { kind: "ssh" }, ...node }),
    ],
    { encoding: "utf8" },
  );
}

const vote = (given: Given) =>
  rendered("keepalived.jq", {
    secrets: { vrrpPassword: "s3#!t x" },
    args: ["--arg", "track", "/run/rackplane/fit", "--argjson", "earlier", "[]"],
    ...given,
  });
const filter = (given: Given, earlier: string[] = []) =>
  rendered("vrrp-filter.jq", { args: ["--argjson", "earlier", JSON.stringify(earlier)], ...given });
const haproxy = (given: Given) => rendered("haproxy.jq", given);
const nginx = (given: Given, unready: string[] = []) =>
  rendered("nginx.jq", { args: ["--argjson", "unready", JSON.stringify(unready)], ...given });

const birds = {
  kind: "kube-vip-bgp",
  speaker: "bird",
  bfd: { intervalSeconds: 0.25, multiplier: 3 },
  holdSeconds: 3,
  keepaliveSeconds: 1,
  probeSeconds: 1,
  localAs: 64512,
} as const satisfies Announcer;
const switches = [1, 2].map(n => ({
  address: `169.254.255.${n}`,
  as: 65530,
  password: "S\\ecret#12$",
  multihop: true,
}));
const bird = (node: Partial<NodeSpec>, source: string, peers: object[] = switches) =>
  rendered("bird.jq", {
    node: { endpoint, ...node },
    machine: { ...roster[1], interface: "bond0", localAs: 64512, routerId: "10.70.0.2", source: null, peers },
    args: ["--arg", "source", source],
  });

const GOLDEN: readonly (readonly [string, string, () => string])[] = [
  ["keepalived on the second of three machines", "keepalived-control-plane.conf", () => vote({ node: keepalived })],
  [
    "keepalived on a machine that is alone",
    "keepalived-alone.conf",
    () => vote({ node: keepalived, roster: [roster[1]] }),
  ],
  [
    "keepalived on the first balancer",
    "keepalived-balancer.conf",
    () =>
      vote({
        node: { ...pair, announcer: { ...pair.announcer, interface: "eno2" } as Announcer },
        machine: { ...machines("lb", 2)[0], interface: "bond0" },
      }),
  ],
  ["keepalived by VRRP version 3, without a password", "keepalived-version-3.conf", () => vote({ node: third })],
  ["the filter of VRRP version 3", "vrrp-filter.nft", () => filter({ node: third }, ["10.70.0.9", "10.70.0.1"])],
  [
    "the filter of a machine that is alone",
    "vrrp-filter-alone.nft",
    () => filter({ node: third, roster: [roster[1]] }),
  ],
  ["HAProxy on a control-plane machine", "haproxy-control-plane.cfg", () => haproxy({ node: keepalived })],
  ["HAProxy on a balancer", "haproxy-balancer.cfg", () => haproxy({ node: pair })],
  [
    "HAProxy on a balancer that fronts more and is looked at",
    "haproxy-frontends.cfg",
    () => haproxy({ node: fronting }),
  ],
  [
    "keepalived that tells by SNMP traps",
    "keepalived-traps.conf",
    () => vote({ node: { ...keepalived, balancing: { snmpTraps: true } } }),
  ],
  ["a worker's own HAProxy", "haproxy-worker.cfg", () => haproxy({ node: worker })],
  ["nginx on a control-plane machine", "nginx-control-plane.conf", () => nginx({ node: keepalived })],
  ["nginx on a balancer", "nginx-balancer.conf", () => nginx({ node: pair })],
  [
    "kube-vip by ARP",
    "kube-vip-arp.json",
    () =>
      rendered("kube-vip.jq", {
        node: {
          announcer: {
            kind: "kube-vip-arp",
            image: bgp.image,
            leaseSeconds: 5,
            renewSeconds: 3,
            retrySeconds: 1,
            probeSeconds: 1,
          },
          endpoint,
        },
      }),
  ],
  [
    "kube-vip with explicit peers of one machine",
    "kube-vip-explicit.json",
    () =>
      rendered("kube-vip.jq", {
        node: {
          announcer: { kind: "kube-vip-bgp", ...bgp, peers: "identity", localAs: 64512, source: { interface: "lo" } },
          endpoint,
        },
        machine: {
          ...roster[1],
          interface: "bond0",
          localAs: 64512,
          routerId: "10.70.0.2",
          source: { interface: "lo" },
          peers: [
            { address: "10.70.0.254", as: 64500, password: "Secret12345", multihop: false },
            { address: "10.9.0.1", as: 64501, password: null, multihop: true },
          ],
        },
      }),
  ],
  [
    "BIRD with two switches behind a router, and MD5",
    "bird-multihop.conf",
    () => bird({ announcer: birds }, "10.70.0.2"),
  ],
  [
    "BIRD with the switch on the link, without BFD, from another address",
    "bird-direct.conf",
    () => {
      const { bfd: _, ...slow } = birds;
      return bird({ announcer: slow }, "10.9.9.2", [
        { address: "10.70.0.254", as: 64500, password: null, multihop: false },
      ]);
    },
  ],
];

describe("what holds the endpoint", () => {
  test.each(GOLDEN)("%s is the golden one", async (_, file, make) => {
    await expect(make()).toMatchFileSnapshot(`golden/${file}`);
  });

  test("the priorities of any two machines differ, and a machine never votes with itself", () => {
    const all = roster.map(machine => vote({ node: keepalived, machine: { ...machine, interface: "bond0" } }));
    expect(new Set(all.map(text => /priority (\d+)/.exec(text)?.[1])).size).toBe(3);
    roster.forEach(({ address }, i) => {
      const peers = /unicast_peer \{([^}]*)\}/.exec(all[i] ?? "")?.[1] ?? "";
      expect(peers.trim().split(/\s+/)).toEqual(
        roster.map(machine => machine.address).filter(other => other !== address),
      );
    });
  });

  test("no balancer ends a silent watch within a day, and none shows its state on the network", () => {
    expect(haproxy({ node: pair })).toMatch(/timeout client 24h\n {2}timeout server 24h/);
    expect(nginx({ node: pair })).toContain("proxy_timeout 24h;");
    expect(haproxy({ node: pair })).not.toMatch(/stats (uri|enable)|mode http/);
  });

  test("the statistics are for looking alone, at the machine's own private address or the one that is asked for", () => {
    const shown = (statistics: object) =>
      haproxy({ node: { ...pair, balancing: { statistics } } as never }).split("frontend statistics")[1];
    expect(shown({ port: 8080 })).toContain(`  bind ${roster[1]?.address}:8080\n`);
    expect(shown({ port: 9000, address: "127.0.0.1" })).toContain("  bind 127.0.0.1:9000\n");
    expect(shown({ port: 8080 })).not.toMatch(/stats (admin|auth)/);
  });

  test("kube-vip works with super-admin.conf only when told to, at the place where it looks for admin.conf", () => {
    const pod = JSON.parse(
      rendered("kube-vip.jq", {
        node: {
          announcer: {
            kind: "kube-vip-arp",
            image: "i",
            leaseSeconds: 5,
            renewSeconds: 3,
            retrySeconds: 1,
            probeSeconds: 1,
          },
          endpoint,
        },
        args: ["--arg", "credential", "/etc/kubernetes/super-admin.conf"],
      }),
    ) as { spec: { volumes: object[]; containers: { volumeMounts: object[] }[] } };
    expect(pod.spec.volumes).toMatchObject([{ hostPath: { path: "/etc/kubernetes/super-admin.conf", type: "File" } }]);
    expect(pod.spec.containers[0]?.volumeMounts).toMatchObject([{ mountPath: "/etc/kubernetes/admin.conf" }]);
  });
});

/** The programs themselves, where they are installed: their own opinion of the configuration. */
describe("the daemons", () => {
  const has = (program: string) => spawnSync(program, ["-v"]).error === undefined;
  const write = (name: string, text: string) => {
    const file = path.join(directory, name);
    fs.writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  const accepts = (program: string, args: string[]) => {
    const { status, stderr } = spawnSync(program, args, { encoding: "utf8" });
    expect(status, stderr).toBe(0);
  };

  test.runIf(has("haproxy"))("HAProxy accepts its configuration", () => {
    // Its user need not be here.
    for (const node of [keepalived, worker, fronting])
      accepts("haproxy", [
        "-c",
        "-f",
        write("haproxy.cfg", haproxy({ node }).replace(/^ {2}(user|group) .*$/gm, "  $1 root")),
      ]);
  });
  test.runIf(has("nginx") && fs.existsSync("/usr/lib/nginx/modules/ngx_stream_module.so"))(
    "nginx accepts its configuration",
    () => {
      accepts("nginx", [
        "-t",
        "-c",
        write("nginx.conf", nginx({ node: keepalived }).replace("/run/rackplane-nginx", directory)),
      ]);
    },
  );
  test.runIf(has("nft") && spawnSync("nft", ["list", "tables"]).status === 0)("nftables accepts the filter", () => {
    for (const given of [{ node: third }, { node: third, roster: [roster[1]] }])
      accepts("nft", ["-c", "-f", write("vrrp.nft", filter(given))]);
  });
  test.runIf(has("bird"))("BIRD accepts its configuration", () => {
    for (const announcer of [
      birds,
      { ...birds, bfd: undefined },
      { ...birds, bfd: { intervalSeconds: 0.333, multiplier: 50 } },
    ])
      accepts("bird", ["-p", "-c", write("bird.conf", bird({ announcer }, "10.70.0.2"))]);
  });
  test("a password that BIRD could not read is refused by the neighbour's address, and not quoted", () => {
    const refused = () => bird({ announcer: birds }, "10.70.0.2", [{ ...switches[0], password: 'hunter2"' }]);
    expect(refused).toThrow(/MD5 password of the BGP neighbour 169\.254\.255\.1 holds a quote/);
    expect(refused).not.toThrow(/hunter2/);
  });
  test.runIf(has("keepalived"))("keepalived accepts its configuration", () => {
    const [name = "eth0"] =
      Object.entries(os.networkInterfaces()).find(([, all]) => all?.some(({ internal }) => !internal)) ?? [];
    for (const node of [keepalived, third])
      accepts("keepalived", [
        "-t",
        "-f",
        write("keepalived.conf", vote({ node, machine: { ...roster[1], interface: name } })),
      ]);
  });
});
