import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import type { MachineIdentity } from "../../../cloud-init/contract/identity";
import type { NodeSpec } from "../../../cloud-init/contract/node";
import {
  ARP,
  BALANCERS,
  BGP,
  EXTERNAL,
  KEEPALIVED,
  PRIVATE_KEY,
  host,
  hostKey,
  hosts,
  overSsh,
} from "../config/samples";
import { clockAhead, refuseTwins, sameBoards } from "../../../components/machines/preflight";
import { cluster, PKI } from "./lab";
import type { Registration } from "./recorder";
import { tree } from "./tree";
import { SECRET, seen, texts } from "./values";

const golden = (name: string): string => join(__dirname, "golden", `${name}.txt`);
const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const NAMES = ["m11", "m12", "m13"];

const KINDS = {
  "kube-vip-bgp": BGP,
  "kube-vip-bgp-bird": { ...BGP, speaker: "bird" },
  "kube-vip-arp": ARP,
  keepalived: KEEPALIVED,
  balancers: BALANCERS,
  external: EXTERNAL,
};
const kinds = Object.entries(KINDS);

describe("on machines that exist, an endpoint of kind", () => {
  test.each(kinds)("%s asks for these resources, and for none in a cloud", async (kind, endpoint) => {
    const { resources } = await cluster(overSsh({ endpoint }));
    await expect(tree(resources)).toMatchFileSnapshot(golden(`ssh-${kind}`));
    expect(resources.filter(({ type }) => type.startsWith("equinix-metal:"))).toEqual([]);
  });

  test.each(kinds)("%s is told to machines by node.json, which holds no secret", async (kind, endpoint) => {
    const { find } = await cluster(overSsh({ endpoint }));
    const { node } = granted(find("lab-form"));
    await expect(`${JSON.stringify(node, null, 2)}\n`).toMatchFileSnapshot(
      golden(`node-${kind}`).replace(".txt", ".json"),
    );
    expect(JSON.stringify(node)).not.toContain(KEEPALIVED.password);
  });

  test.each(kinds)("%s is known in a preview, as all addresses are", async (_kind, endpoint) => {
    const { result } = await cluster(overSsh({ endpoint }), true);
    expect(await seen(result.endpoint)).toBe(`https://${endpoint.address}:6443`);
    expect(await seen(result.machines)).toHaveLength(3);
  });
});

test("a pair fronts workers by their addresses and the control plane by its roster, and no other machine is told", async () => {
  const frontends = [
    { name: "https", port: 443, targets: "workers", targetPort: 30443 },
    { name: "api-too", port: 8443, targets: "controlPlane", targetPort: 6443, check: false },
    { name: "registry", port: 5000, targets: ["10.0.0.50:5000"] },
  ];
  const { find } = await cluster(
    overSsh({
      endpoint: { ...BALANCERS, frontends, statistics: {} },
      workers: [{ name: "general", machines: hosts(21, 22) }],
    }),
  );
  expect(granted(find("lab-m8-balancer")).node.balancing).toEqual({
    statistics: { port: 8080 },
    frontends: [
      { name: "https", port: 443, check: true, servers: ["10.0.0.21:30443", "10.0.0.22:30443"] },
      { name: "api-too", port: 8443, check: false, controlPlanePort: 6443 },
      { name: "registry", port: 5000, check: true, servers: ["10.0.0.50:5000"] },
    ],
  });
  expect(String(find("lab-m8-preflight").inputs.stdin)).toContain("\nfurtherPorts=443 8443 5000 8080\n");
  for (const name of ["lab-m11-member", "lab-m21-worker"])
    expect(granted(find(name)).node).not.toHaveProperty("balancing");
});

describe("preflight", () => {
  test("looks at every machine before anything on any of them changes", async () => {
    const { all, find } = await cluster(
      overSsh({ endpoint: BALANCERS, workers: [{ name: "general", machines: hosts(21) }] }),
    );
    const looks = all("Command").filter(({ name }) => name.endsWith("-preflight"));
    expect(looks).toHaveLength(6);
    // One gate between them, so that the state does not name each machine's look for each machine.
    expect(find("lab-preflights").dependsOn.filter(name => !name.endsWith("-wipe"))).toEqual(
      looks.map(({ name }) => name),
    );
    for (const { dependsOn, name } of all("Command").filter(one => one.name.endsWith("-prepared")))
      expect([name, dependsOn]).toEqual([name, ["lab-preflights"]]);
    // It runs nothing, here or there.
    expect(find("lab-preflights").inputs).toEqual({ stdin: expect.any(String) as string });
    const { create, stdin } = find("lab-m11-preflight").inputs;
    expect(create).toMatch(/ preflight$/);
    expect(stdin).toMatch(/^name=m11$/m);
    // All that a look leaves behind is the archive that it runs from.
    for (const name of NAMES) {
      expect(find(`lab-${name}-preflight`).dependsOn).toEqual(["lab-programs"]);
      expect(find("lab-programs").dependsOn).toContain(`lab-${name}-program`);
      expect(find(`lab-${name}-program`).dependsOn).toEqual([]);
    }
  });

  const answer = (machine: string, machineId: string, epoch = 1) => ({
    machine,
    epoch: String(epoch),
    hostname: machine,
    machineId,
    productUuid: "",
    findings: [],
  });

  test("refuses machines that are clones of one another, all pairs at once", () => {
    expect(() => refuseTwins([answer("m11", "a"), answer("m12", "b")])).not.toThrow();
    expect(() => refuseTwins([answer("m11", "a"), answer("m12", "a"), answer("m13", "a")])).toThrow(
      /m11 and m12 have the same \/etc\/machine-id, a\n {2}m11 and m13 .*\n {2}m12 and m13 /,
    );
  });

  test("warns of boards with one product UUID and refuses none: white-box boards share it", () => {
    const board = (name: string, productUuid: string) => ({ ...answer(name, name), productUuid });
    const two = [board("m11", "03000200-0400"), board("m12", "03000200-0400"), board("m13", "")];
    expect(() => refuseTwins(two)).not.toThrow();
    expect(sameBoards(two)).toEqual([
      expect.stringMatching(/^m11 and m12 have the same product UUID, 03000200-0400; /),
    ]);
  });

  describe("compares clocks:", () => {
    afterEach(() => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    });

    test("each machine is told the time of the run, which is no change of its resource", async () => {
      vi.useFakeTimers({ toFake: ["Date"] });
      const asked = async (time: string): Promise<Registration> => {
        vi.setSystemTime(new Date(time));
        return (await cluster(overSsh())).find("lab-m12-preflight");
      };
      const [was, now] = [await asked("2026-11-21T12:00:00.900Z"), await asked("2026-11-22T12:00:00Z")];
      expect(was.inputs.stdin).toMatch(/^epoch=1795262400$/m);
      expect(now.inputs.stdin).toMatch(/^epoch=1795348800$/m);
      expect(now.ignoreChanges).toContain("stdin");
      expect({ ...now.inputs, stdin: "" }).toEqual({ ...was.inputs, stdin: "" });
    });

    test("a machine whose answer comes from the future is told of", async () => {
      const warn = vi.spyOn(pulumi.log, "warn").mockResolvedValue();
      await cluster(overSsh());
      expect(warn).not.toHaveBeenCalled();
      // What the machines answer in the lab was said in the second after 1969.
      vi.useFakeTimers({ toFake: ["Date"], now: -39_000 });
      await cluster(overSsh());
      expect(warn).toHaveBeenCalledTimes(3);
      expect(warn.mock.calls[0]?.[0]).toContain("found a clock at least 40 s ahead of yours, expected 5 s at most");
    });

    test("ahead is what no delay explains; an old answer says nothing", () => {
      expect(clockAhead(answer("m12", "a", 1040), 1000)).toBe(
        "m12: found a clock at least 40 s ahead of yours, expected 5 s at most; start time synchronisation on it ('timedatectl set-ntp true') and check your own clock",
      );
      expect([1005, 1000, 940, 1].map(epoch => clockAhead(answer("m12", "a", epoch), 1000))).toEqual([
        undefined,
        undefined,
        undefined,
        undefined,
      ]);
    });
  });
});

describe("a machine over SSH", () => {
  test("is checked by the configuration's host key from the first connection on", async () => {
    const { find, all } = await cluster(overSsh({ workers: [{ name: "general", machines: hosts(21) }] }));
    expect(find("lab-m12-prepared").inputs.connection).toMatchObject({
      host: "10.0.0.12",
      port: 22,
      user: "root",
      hostKey: hostKey(12),
      privateKey: PRIVATE_KEY,
    });
    for (const { name, inputs } of all("Command").filter(one => !/-(preflights|programs|members)$/.test(one.name))) {
      const n = Number(/-m(\d+)-(?!invite)/.exec(name)?.[1] ?? 11);
      expect([name, inputs.connection]).toEqual([name, expect.objectContaining({ hostKey: hostKey(n) })]);
    }
  });

  test("is reached as its own user, at its own port, through its bastion", async () => {
    const bastion = { host: "bastion.example.com", user: "jump", hostKey: hostKey(99) };
    const first = host(11, { sshHost: "198.51.100.7", port: 2222, user: "ops", bastion });
    const { find } = await cluster(overSsh({ machines: { kind: "ssh", hosts: [first, host(12), host(13)] } }));
    const { inputs } = find("lab-m11-member");
    expect(inputs.connection).toMatchObject({
      host: "198.51.100.7",
      port: 2222,
      user: "ops",
      hostKey: hostKey(11),
      proxy: { host: "bastion.example.com", port: 22, user: "jump", hostKey: hostKey(99), privateKey: PRIVATE_KEY },
    });
    expect(inputs.create).toMatch(/; exec sudo -n sh -c "\$l" launch \$a receive$/);
    expect(find("lab-m11-prepared").inputs.create).toMatch(/; exec sudo -n sh -c "\$l" launch \$a adopt$/);
  });

  test("is another one when its host key is, and only then", async () => {
    const { find } = await cluster(overSsh());
    for (const end of ["prepared", "member"]) {
      expect(find(`lab-m13-${end}`).inputs.triggers).toEqual([hostKey(13)]);
      expect(find(`lab-m13-${end}`).deleteBeforeReplace).toBe(true);
    }
  });

  test("is prepared by one constant command, which gets what varies on standard input, and again when that changes", async () => {
    const { find } = await cluster(overSsh());
    const [first, ...others] = NAMES.map(name => find(`lab-${name}-prepared`));
    for (const { inputs } of others) expect(inputs.create).toBe(first?.inputs.create);
    expect(first?.inputs).not.toHaveProperty("update");
    expect(first?.ignoreChanges).toEqual([]);

    const { node, identity } = JSON.parse(String(first?.inputs.stdin)) as { node: NodeSpec; identity: MachineIdentity };
    expect(node).toMatchObject({ machine: { kind: "ssh" } });
    expect(identity).toEqual({ name: "m11", address: "10.0.0.11" });
  });

  test("joins after the one before it, and the first after the formation", async () => {
    const { find } = await cluster(overSsh());
    const chain = NAMES.map(name => find(`lab-${name}-member`).dependsOn.filter(one => /-(member|form)$/.test(one)));
    expect(chain).toEqual([["lab-form"], ["lab-form", "lab-m11-member"], ["lab-form", "lab-m12-member"]]);
    for (const name of NAMES) expect(find(`lab-${name}-member`).dependsOn).toContain(`lab-${name}-prepared`);
    expect(granted(find("lab-form")).roster).toEqual(NAMES.map((name, i) => ({ name, address: `10.0.0.${11 + i}` })));
  });
});

describe("BGP", () => {
  const md5 = { ...BGP.peers[0], md5Password: "Sessions0f65001" };

  test("tells shared neighbours in node.json and their passwords in the grants of the machines that announce", async () => {
    const { find } = await cluster(overSsh({ endpoint: { ...BGP, peers: [md5] } }));
    const grant = granted(find("lab-m11-member"));
    expect(grant.node.announcer).toMatchObject({
      peers: [{ address: "10.0.0.1", as: 65001, multihop: false }],
      localAs: 65000,
    });
    expect(grant.secrets).toEqual({ md5: { "10.0.0.1": "Sessions0f65001" } });
    expect(find("lab-form").visible.stdin).toBe(SECRET);
    expect(granted(find("lab-kubeconfig")).secrets).toBeUndefined();
  });

  test("tells each machine its own neighbours where one has some, the others the shared ones", async () => {
    const own = [{ address: "10.0.0.2", as: 65002, multihop: true, md5Password: "0fOneRack" }];
    const { find } = await cluster(
      overSsh({ endpoint: BGP, machines: { kind: "ssh", hosts: [host(11, { peers: own }), host(12), host(13)] } }),
    );
    const [first, second] = ["m11", "m12"].map(name => granted(find(`lab-${name}-member`)));
    expect(first?.node.announcer).toMatchObject({ peers: "identity", localAs: 65000 });
    expect(first?.machine.peers).toEqual([{ address: "10.0.0.2", as: 65002, multihop: true }]);
    expect(first?.secrets).toEqual({ md5: { "10.0.0.2": "0fOneRack" } });
    expect(second?.machine.peers).toEqual([{ address: "10.0.0.1", as: 65001, multihop: false }]);
    expect(second?.roster[0]).toEqual({ name: "m11", address: "10.0.0.11" });
    expect(second?.secrets?.md5).toBeUndefined();
  });
});

describe("balancers", () => {
  test("follow the roster, and are there before the first machine is formed", async () => {
    const { find } = await cluster(overSsh({ endpoint: BALANCERS }));
    for (const name of ["m8", "m9"]) {
      const { inputs, visible, dependsOn } = find(`lab-${name}-balancer`);
      const grant = granted(find(`lab-${name}-balancer`));
      expect(inputs).not.toHaveProperty("update");
      expect(visible.stdin).toBe(SECRET);
      // One of the pair is changed while the other one holds the VIP.
      expect(dependsOn).toEqual([...(name === "m9" ? ["lab-m8-balancer"] : []), `lab-${name}-prepared`]);
      expect(grant).toMatchObject({ verb: "balancer", node: { role: "balancer" } });
      expect(grant.secrets).toBeUndefined();
      expect(grant.roster.map(machine => machine.name)).toEqual(NAMES);
      expect([grant.kubeadm, grant.pki, grant.files]).toEqual([undefined, undefined, undefined]);
    }
    expect(find("lab-form").dependsOn).toEqual(expect.arrayContaining(["lab-m8-balancer", "lab-m9-balancer"]));
  });

  test("on the control plane leave another port to the API servers, in kubeadm's documents too", async () => {
    const { find } = await cluster(overSsh({ endpoint: KEEPALIVED }));
    const { node, kubeadm } = granted(find("lab-m11-member"));
    expect(node.endpoint).toEqual({ address: "10.0.0.10", port: 6443, apiServerPort: 6444 });
    expect(kubeadm?.join).toMatchObject({ controlPlane: { localAPIEndpoint: { bindPort: 6444 } } });
    expect(kubeadm?.init?.[1]).toMatchObject({ controlPlaneEndpoint: "10.0.0.10:6443" });
  });
});

describe("settings of the control plane", () => {
  const settings = {
    controlPlane: { isolation: { reservedSystemCPUs: "0", cpu: { scheduler: "250m" } } },
    apiServer: { auditPolicy: "metadata", encryption: "secretbox", extraArgs: { "event-ttl": "2h" } },
    workers: [{ name: "general", machines: hosts(21) }],
  };

  test("reach its machines as files beside kubeadm's documents, and no worker", async () => {
    const { find } = await cluster(overSsh(settings));
    const grant = granted(find("lab-m12-member"));
    expect(Object.keys(grant.files ?? {})).toEqual([
      ...["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(
        pod => `/etc/rackplane/patches/${pod}0+strategic.json`,
      ),
      "/etc/rackplane/patches/kubeletconfiguration0+merge.json",
      expect.stringMatching(/^\/etc\/rackplane\/apiserver\/audit-policy-[0-9a-f]{12}\.json$/),
    ]);
    expect(grant.node.isolation).toEqual({ cpus: 4.25, memoryMiB: 4864, static: true, reservedSystemCPUs: "0" });
    expect(grant.kubeadm?.join).toMatchObject({ patches: { directory: "/etc/rackplane/patches" } });
    const worker = granted(find("lab-m21-worker"));
    expect([worker.files, worker.encryption, worker.node.isolation]).toEqual([undefined, undefined, undefined]);
  });

  test("encrypt Secrets with the key that the formation made, which only members are given", async () => {
    const { all, find } = await cluster(overSsh(settings));
    expect(granted(find("lab-form"))).toMatchObject({
      verb: "form",
      encryption: { provider: "secretbox", generation: 0 },
    });
    const holders = all("Command").filter(
      one => String(one.inputs.stdin).startsWith("{") && granted(one).secrets?.encryptionKeys !== undefined,
    );
    expect(holders.map(({ name }) => name).sort()).toEqual(
      [...NAMES.map(name => `lab-${name}-member`), ...NAMES.map(name => `lab-${name}-join`)].sort(),
    );
    expect(holders.filter(({ visible }) => visible.stdin !== SECRET)).toEqual([]);
  });

  test("have every API server read a key before one writes with it, one after the other; the last one writes all Secrets anew", async () => {
    const { find } = await cluster(overSsh(settings));
    const [first, ...others] = NAMES.map(name => `lab-${name}-encrypt`);
    expect(find(first ?? "").dependsOn).toContain(`lab-${NAMES[NAMES.length - 1]}-member`);
    others.forEach((name, i) => expect(find(name).dependsOn).toContain(`lab-${NAMES[i]}-encrypt`));
    expect(NAMES.map(name => granted(find(`lab-${name}-encrypt`)).encryption)).toEqual(
      NAMES.map((_, i) => ({ provider: "secretbox", generation: 0, formed: true, rewrite: i === NAMES.length - 1 })),
    );
  });
});

test("no secret stands in plain in what the engine is told of a cluster over SSH", async () => {
  const endpoint = { ...BALANCERS, password: "vrrpw0rd" };
  const { resources } = await cluster(
    overSsh({ endpoint, apiServer: { encryption: "aescbc" }, workers: [{ name: "general", machines: hosts(21, 22) }] }),
  );
  const secrets = [
    "vrrpw0rd",
    PRIVATE_KEY,
    JSON.stringify(PRIVATE_KEY).slice(1, -1),
    "abcdef.0123456789abcdef",
    Buffer.alloc(32, 5).toString("base64"),
    PKI["ca.key"].split("\n")[1] ?? "",
  ];
  const leaks = (value: unknown) => texts(value).filter(text => secrets.some(secret => text.includes(secret)));
  expect(resources.filter(({ visible }) => leaks(visible).length > 0).map(({ name }) => name)).toEqual([]);
  expect(resources.filter(({ inputs }) => leaks(inputs).length > 0).length).toBeGreaterThan(5);
});
