import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import type { NodeSpec } from "../../../cloud-init/contract/node";
import { Cluster } from "../../../components";
import { md5Of, peersOf } from "../../../components/machines/equinix-metal/neighbours";
import { ARP, EXTERNAL, METAL, host, hostKey, hosts, overSsh } from "../config/samples";
import { address, answers, cluster, INVITATION, lab, labArgs } from "./lab";
import { record, type Registration } from "./recorder";
import { tree } from "./tree";
import { SECRET, seen, cloudConfig } from "./values";

const golden = (name: string): string => join(__dirname, "golden", `${name}.txt`);
const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;

const POOLS = [
  { name: "general", machines: hosts(21, 22) },
  {
    name: "storage",
    machines: hosts(23),
    labels: { "example.com/disk": "nvme" },
    taints: [{ key: "example.com/storage", effect: "NoSchedule" }],
    kubelet: { maxPods: 50 },
  },
];
const RENTED = [
  { name: "general", machines: { ...METAL, project: undefined, metros: ["da", "sv"], count: 3, tags: ["worker"] } },
];
const rented = () =>
  lab({
    workers: RENTED.map(({ name, machines: { project: _, ...machines } }) => ({
      name,
      machines: { ...machines, metros: [...machines.metros] },
    })),
  });

describe("workers of two pools over SSH", () => {
  test("ask for these resources", async () => {
    const { resources } = await cluster(overSsh({ workers: POOLS }));
    await expect(tree(resources)).toMatchFileSnapshot(golden("ssh-workers"));
  });

  test("are invited by the members in turn, late, once a machine and never at an edit", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    for (const [i, n] of [21, 22, 23].entries()) {
      const invite = find(`lab-m${n}-invite`);
      expect(invite.inputs.connection).toMatchObject({ hostKey: hostKey(11 + i) });
      expect(granted(invite)).toMatchObject({ verb: "mint", machine: { name: `m${11 + i}` }, invitee: `m${n}` });
      expect(invite.inputs.triggers).toEqual([hostKey(n)]);
      expect(invite.dependsOn).toEqual(expect.arrayContaining([`lab-m${n}-prepared`, "lab-members"]));
      // Whether there is a member that answers, and whether this one still does.
      expect(invite.hooks.beforeCreate).toHaveLength(2);
      expect(invite.ignoreChanges).toEqual(["connection", "create", "stdin", "logging"]);
    }
  });

  const inviters = async (...args: Parameters<typeof cluster>) => {
    const { find } = await cluster(...args);
    return [21, 22, 23].map(n => granted(find(`lab-m${n}-invite`)).machine.name);
  };

  test("are invited by the members that are reachable, each under its own key and by its own login", async () => {
    const ops = { kind: "ssh", hosts: [host(11), host(12), host(13, { user: "ops", port: 2222 })] };
    const { find } = await cluster(overSsh({ machines: ops, workers: POOLS }), false, at => at === "10.0.0.13");
    for (const n of [21, 22, 23]) {
      const { inputs, dependsOn, propertyDependencies } = find(`lab-m${n}-invite`);
      expect(inputs.connection).toMatchObject({ host: "10.0.0.13", port: 2222, user: "ops", hostKey: hostKey(13) });
      expect(inputs.create).toMatch(/^sudo -n /);
      expect(granted(find(`lab-m${n}-invite`)).machine.name).toBe("m13");
      // Which members are reachable is asked when the invitation is due, and not before. The state of a hundred workers
      // does not name every member once more for it.
      expect(dependsOn).toEqual(expect.arrayContaining([`lab-m${n}-prepared`, "lab-members"]));
      expect(propertyDependencies.connection).toEqual(["lab-members"]);
    }
    expect(await inviters(overSsh({ workers: POOLS }), false, at => at !== "10.0.0.12")).toEqual(["m11", "m13", "m13"]);
  });

  test("are invited by the members in turn, of which none is asked, in a preview and behind a bastion", async () => {
    const asked: string[] = [];
    const ask = (at: string) => asked.push(at) > 0;
    const bastion = { host: "bastion.example.com", hostKey: hostKey(99) };
    const behind = { kind: "ssh", hosts: [11, 12, 13].map(n => host(n, { bastion })) };
    expect(await inviters(overSsh({ workers: POOLS }), true, ask)).toEqual(["m11", "m12", "m13"]);
    expect(await inviters(overSsh({ machines: behind, workers: POOLS }), false, ask)).toEqual(["m11", "m12", "m13"]);
    expect(asked).toEqual([]);
  });

  test("that are added, while a control-plane machine is unreachable, are all that changes: it is not needed", async () => {
    const before = await cluster(overSsh({ workers: [{ name: "general", machines: hosts(21) }] }));
    const after = await cluster(
      overSsh({ workers: [{ name: "general", machines: hosts(21, 22) }] }),
      false,
      at => at !== "10.0.0.11",
    );
    // The component's own inputs are a record for policies, and run nothing.
    const made = after.resources.filter(({ kind }) => kind !== "component");
    const changes = made.flatMap(({ name, inputs, ignoreChanges }) => {
      const was = before.resources.find(one => one.name === name)?.inputs;
      if (was === undefined) return [`+ ${name}`];
      return Object.keys(inputs)
        .filter(key => !ignoreChanges.includes(key) && !isDeepStrictEqual(inputs[key], was[key]))
        .map(key => `~ ${name}: ${key}`);
    });
    expect(changes.sort()).toEqual([
      ...["invite", "preflight", "prepared", "program", "wipe", "worker"].map(end => `+ lab-m22-${end}`),
      // By the member that answers.
      ...["connection", "stdin", "triggers"].map(key => `~ lab-general-nodes: ${key}`),
      "~ lab-nodes: triggers",
      "~ lab-preflights: stdin",
      "~ lab-programs: stdin",
      // Who stays, told to the member that answers; it is no other command for it.
      "~ lab-retire: connection",
      "~ lab-retire: stdin",
    ]);
  });

  test("keep their place in the graph where no member is reachable: only an invitation that is to be made is refused", async () => {
    expect(await inviters(overSsh({ workers: POOLS }), false, () => false)).toEqual(["m11", "m12", "m13"]);
  });

  test("hold a token and the CA's pin, all of it secret, and no key", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    const { inputs, visible } = find("lab-m21-worker");
    const grant = granted(find("lab-m21-worker"));
    expect(grant.invitation).toEqual(INVITATION);
    expect([grant.pki, grant.secrets, grant.kubeadm?.init]).toEqual([undefined, undefined, undefined]);
    expect(visible.stdin).toBe(SECRET);
    expect(inputs).not.toHaveProperty("update");
    expect(inputs.triggers).toEqual([hostKey(21)]);
    expect(grant.kubeadm?.join).not.toHaveProperty("controlPlane");
  });

  test("join a whole control plane, all at once", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    for (const n of [21, 22, 23]) {
      expect(find(`lab-m${n}-worker`).dependsOn).toContain("lab-members");
      expect(find(`lab-m${n}-worker`).dependsOn.filter(name => name.endsWith("-worker"))).toEqual([]);
    }
  });

  test("have their Nodes follow an edit of labels and taints by a member, a pool each, after the pool's workers", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    const nodes = find("lab-storage-nodes");
    expect(granted(nodes).nodes).toEqual({
      names: ["m23"],
      labels: { "example.com/disk": "nvme" },
      taints: [{ key: "example.com/storage", effect: "NoSchedule" }],
    });
    expect(nodes.dependsOn).toContain("lab-m23-worker");
    expect(granted(find("lab-general-nodes")).nodes?.names).toEqual(["m21", "m22"]);
  });

  test("register with their pool's labels, taints and kubelet settings", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    const { kubeadm, pool, files, node } = granted(find("lab-m23-worker"));
    expect(kubeadm?.join).toMatchObject({
      nodeRegistration: {
        name: "m23",
        taints: [{ key: "example.com/storage", effect: "NoSchedule" }],
        kubeletExtraArgs: [
          { name: "node-ip", value: "10.0.0.23" },
          { name: "node-labels", value: "example.com/disk=nvme" },
        ],
      },
      patches: { directory: "/etc/rackplane/patches" },
    });
    expect(pool?.name).toBe("storage");
    expect(JSON.parse(Object.values(files ?? {})[0] ?? "")).toEqual({ maxPods: 50 });
    expect(node.role).toBe("worker");
    expect(granted(find("lab-m21-worker")).files).toBeUndefined();
  });

  test("are told of a balancer of their own, and of the control plane behind it, by their grants alone", async () => {
    const { find } = await cluster(overSsh({ workers: POOLS }));
    const { node, roster } = granted(find("lab-m21-worker"));
    expect(node.localBalancer).toEqual({ port: 7445 });
    expect(roster.map(({ address }) => address)).toEqual(["10.0.0.11", "10.0.0.12", "10.0.0.13"]);
    expect(String(find("lab-m21-preflight").inputs.stdin)).toContain("\nlocalPort=7445\n");
    expect(granted(find("lab-m11-member")).node).not.toHaveProperty("localBalancer");
    const off = await cluster(overSsh({ endpoint: { ...ARP, nodeLocalBalancer: false }, workers: POOLS }));
    expect(granted(off.find("lab-m21-worker")).node).not.toHaveProperty("localBalancer");
  });

  test("are among the outputs, apart from the control plane", async () => {
    const { result } = await cluster(overSsh({ workers: POOLS }));
    expect(await seen(result.workers)).toEqual(
      [21, 22, 23].map(n => ({ name: `m${n}`, address: `10.0.0.${n}`, sshHost: `10.0.0.${n}` })),
    );
    expect(await seen(result.machines)).toHaveLength(3);
  });
});

test("workers know the members by one gate behind the last, since each would name all of them again", async () => {
  const { find } = await cluster(overSsh({ workers: POOLS }));
  expect(find("lab-members").dependsOn).toContain("lab-m13-member");
  for (const n of [21, 22, 23]) {
    for (const name of [`lab-m${n}-invite`, `lab-m${n}-worker`])
      expect([name, ...find(name).dependsOn.filter(one => /m1\d/.test(one))]).toEqual([name]);
    expect(granted(find(`lab-m${n}-worker`)).roster).toEqual(
      [11, 12, 13].map(i => ({ name: `m${i}`, address: `10.0.0.${i}` })),
    );
  }
});

describe("rented workers", () => {
  test("ask for these resources: devices without BGP sessions", async () => {
    const { resources } = await rented();
    await expect(tree(resources)).toMatchFileSnapshot(golden("workers"));
  });

  test("stand in the control plane's project, spread over their own sites, and boot as workers", async () => {
    const { find } = await rented();
    const device = find("lab-general-1");
    expect(device.inputs).toMatchObject({
      hostname: "lab-general-1",
      metro: "sv",
      tags: ["worker"],
      projectId: "id-of-lab-project",
    });
    const written = (text: string) => text.slice(text.indexOf("path: /etc/rackplane/node.json"));
    expect(written(cloudConfig(device))).toContain('"role": "worker"');
    expect(written(cloudConfig(find("lab-cp-1")))).not.toContain('"role"');
  });

  test("may be joined by workers over SSH, of a cluster whose endpoint both reach", async () => {
    const { find } = await lab({ workers: [{ name: "own", machines: { kind: "ssh", hosts: [host(21)] as never } }] });
    const { node } = JSON.parse(String(find("lab-m21-prepared").inputs.stdin)) as { node: NodeSpec };
    expect(node).toMatchObject({ role: "worker", machine: { kind: "ssh" } });
  });
});

describe("neighbours from the Metal API", () => {
  const session = (peerIps: string[], md5Password = "") => ({
    addressFamily: 4,
    customerAs: 65000,
    customerIp: "10.70.0.1",
    md5Enabled: md5Password !== "",
    md5Password,
    multihop: true,
    peerAs: 65530,
    peerIps,
    routesIns: [],
    routesOuts: [],
  });
  const asked: string[] = [];
  const stack = (bgpNeighbors: object[], preview = false) =>
    record(() => new Cluster("lab", labArgs({ endpoint: { peers: "metal-api" } })), {
      answer: answers,
      preview,
      call: (token, args) => {
        asked.push(`${token} ${String(args.deviceId)}`);
        return { bgpNeighbors, id: "x", ...args };
      },
    });

  test("go into each machine's grant, passwords secret, and not into user data", async () => {
    const { find } = await stack([session(["169.254.255.2", "169.254.255.1"], "Sessions0f65000")]);
    const grant = granted(find("lab-cp-1-member"));
    expect(asked).toContain("equinix-metal:index/getDeviceBgpNeighbors:getDeviceBgpNeighbors device-1");
    expect(grant.machine).toEqual({
      name: "lab-cp-1",
      address: address(1),
      peers: [1, 2].map(n => ({ address: `169.254.255.${n}`, as: 65530, multihop: true })),
    });
    expect(grant.secrets).toEqual({ md5: { "169.254.255.1": "Sessions0f65000", "169.254.255.2": "Sessions0f65000" } });
    expect(grant.node.announcer).toMatchObject({ peers: "identity", localAs: 65000 });
    expect(find("lab-cp-1-member").visible.stdin).toBe(SECRET);
    expect(find("lab-form").visible.stdin).toBe(SECRET);
    expect(cloudConfig(find("lab-cp-1"))).not.toContain("Sessions0f65000");
    expect(granted(find("lab-kubeconfig")).secrets).toBeUndefined();
  });

  test("are not asked for in the preview of a new cluster: there is no device to ask about", async () => {
    asked.length = 0;
    await stack([], true);
    expect(asked).toEqual([]);
  });

  test("are each told once, in one order, whatever the API's", () => {
    const found = [session(["169.254.255.2"], "b"), session(["169.254.255.1", "169.254.255.2"])] as Parameters<
      typeof peersOf
    >[0];
    expect(peersOf(found).map(peer => peer.address)).toEqual(["169.254.255.1", "169.254.255.2"]);
    expect(md5Of(found)).toEqual({ "169.254.255.2": "b" });
    expect(md5Of(found.slice(1))).toBeUndefined();
  });
});

test("an external name is what certificates and kubeconfigs are made for", async () => {
  const { find } = await cluster(overSsh({ endpoint: { ...EXTERNAL, port: 443 } }));
  const { kubeadm, node } = granted(find("lab-form"));
  expect(kubeadm?.init?.[1]).toMatchObject({
    controlPlaneEndpoint: "api.example.com:443",
    apiServer: { certSANs: ["api.example.com"] },
  });
  expect(kubeadm?.init?.[0]).toMatchObject({ localAPIEndpoint: { bindPort: 6443 } });
  expect(node.endpoint).toEqual({ address: "api.example.com", port: 443, apiServerPort: 6443 });
});

describe("a pool that is changed in batches", () => {
  const worked = async (update?: object) => {
    const pools = [
      { name: "general", machines: hosts(21, 22, 23, 24), ...(update === undefined ? {} : { update }) },
      { name: "other", machines: hosts(31, 32) },
    ];
    const { find } = await cluster(overSsh({ workers: pools }));
    return (n: number) =>
      find(`lab-m${n}-worker`)
        .dependsOn.map(name => /^lab-m(\d+)-worker$/.exec(name)?.[1])
        .filter(Boolean);
  };

  test("has each machine wait for the one so many before it, and for none of another pool", async () => {
    const waitsFor = await worked({ atOnce: 2 });
    expect([21, 22, 23, 24, 31, 32].map(waitsFor)).toEqual([[], [], ["21"], ["22"], [], []]);
  });

  test("is changed one machine at a time where pods leave it first, whose seconds the grant has", async () => {
    const waitsFor = await worked({ drainSeconds: 60 });
    expect([21, 22, 23, 24].map(waitsFor)).toEqual([[], ["21"], ["22"], ["23"]]);
    const pools = [{ name: "general", machines: hosts(21), update: { drainSeconds: 60 } }];
    const { find } = await cluster(overSsh({ workers: pools }));
    expect(granted(find("lab-m21-worker")).pool).toMatchObject({ drainSeconds: 60 });
  });

  test("has no order where nothing says so", async () => {
    const waitsFor = await worked();
    expect([21, 22, 23, 24].map(waitsFor)).toEqual([[], [], [], []]);
  });
});
