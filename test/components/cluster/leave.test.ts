import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import { leaving } from "../../../components/membership/retire";
import { Cluster } from "../../../components";
import type { ClusterArgs } from "../../../components/config/args";
import { ARP, BALANCERS, METAL, PRIVATE_KEY, PUBLIC_KEY, host, hostKey, hosts, overSsh } from "../config/samples";
import { answers, cluster, lab } from "./lab";
import { record, type Recording, type Registration } from "./recorder";

const granted = ({ inputs }: Registration): Grant => JSON.parse(String(inputs.stdin)) as Grant;
const WORKERS = [{ name: "general", machines: hosts(21, 22, 23) }];
const over = (sections: object = {}) => cluster(overSsh({ workers: WORKERS, ...sections }));

/** The verb and the generation of every grant that a machine is told one in. */
const generations = ({ all }: Pick<Recording<unknown>, "all">): string[] =>
  all("Command")
    .filter(({ inputs }) => String(inputs.stdin).startsWith("{"))
    .filter(one => granted(one).generation !== undefined)
    .map(one => `${one.name} ${granted(one).verb} ${granted(one).generation}`);

describe("the generation of a machine over SSH", () => {
  test("is told to it in every grant by which it joins, and to the member that invites it", async () => {
    expect(generations(await over({ generations: { m12: 2, m22: 1 } }))).toEqual([
      "lab-m12-join join 2",
      "lab-m12-member member 2",
      "lab-m22-invite mint 1",
      "lab-m22-worker worker 1",
    ]);
  });

  test("is the cluster's where that is higher, and a machine that forms under it is told so", async () => {
    const told = generations(await over({ generation: 3, generations: { m12: 2, m13: 4 } }));
    expect(told).toContain("lab-form form 3");
    expect(told).toContain("lab-m12-member member 3");
    expect(told).toContain("lab-m13-member member 4");
    expect(told).toContain("lab-m23-worker worker 3");
  });

  test("leaves every grant of every other machine as it was", async () => {
    const grantsOf = async (sections: object) => {
      const { all } = await over(sections);
      const members = all("Command").filter(({ name }) => /-(member|worker|balancer)$/.test(name));
      return new Map(members.map(({ name, inputs }) => [name, inputs]));
    };
    const [before, after] = [await grantsOf({}), await grantsOf({ generations: { m12: 1 } })];
    for (const [name, inputs] of before)
      if (name === "lab-m12-member") expect(after.get(name)).not.toEqual(inputs);
      else expect([name, after.get(name)]).toEqual([name, inputs]);
    for (const inputs of before.values()) expect(JSON.parse(String(inputs.stdin))).not.toHaveProperty("generation");
  });

  test("makes no other resource of it: it keeps its name", async () => {
    const names = async (sections: object) => (await over(sections)).resources.map(({ name }) => name).sort();
    expect(await names({ generation: 2 })).toEqual(await names({}));
  });

  test("has a worker invited anew, and its Node tells by which it joined", async () => {
    const { find } = await over({ generations: { m22: 1 } });
    expect(find("lab-m21-invite").inputs.triggers).toEqual([hostKey(21)]);
    expect(find("lab-m22-invite").inputs.triggers).toEqual([`${hostKey(22)} generation 1`]);
    expect(granted(find("lab-m22-worker")).kubeadm?.join).toMatchObject({
      nodeRegistration: {
        kubeletExtraArgs: expect.arrayContaining([{ name: "node-labels", value: "rackplane/generation=1" }]),
      },
    });
    expect(granted(find("lab-m22-worker")).pool?.labels).toEqual({});
  });

  test("is waited for: an invitation may wait for the lock of a member that changes, and then for pods", async () => {
    const { find } = await over({ generations: { m22: 1 }, deadlines: { member: 1000 } });
    // A ready API server and the cluster's lock have the deadline each; a lock that was left behind, the Node, cordoning and its
    // end a minute each, the machine's own lock, too; pods five.
    expect(Number.parseInt(String(find("lab-m22-invite").customTimeouts.create))).toBeGreaterThan(
      2 * 1000 + 5 * 60 + 300,
    );
  });

  test("has workers of its pool leave and return one after the other, each with its own invitation", async () => {
    const { find } = await over({ generations: { m22: 1 } });
    for (const end of ["invite", "worker"]) {
      expect(find(`lab-m22-${end}`).dependsOn).toContain("lab-m21-worker");
      expect(find(`lab-m23-${end}`).dependsOn).toContain("lab-m22-worker");
    }
    const { find: before } = await over();
    expect(before("lab-m22-worker").dependsOn).not.toContain("lab-m21-worker");
  });

  test("is no balancer's, which is no member of the cluster", async () => {
    const told = generations(await cluster(overSsh({ endpoint: BALANCERS, generation: 2 })));
    expect(told).toContain("lab-m11-member member 2");
    expect(told.filter(line => line.includes("balancer"))).toEqual([]);
  });
});

describe("the generation of a rented machine", () => {
  const SERVERS = { ...METAL, project: undefined, metros: ["da"], count: 2 };
  const { project: _, ...servers } = SERVERS;
  const workers = [{ name: "general", machines: servers }];
  const GENERATIONS = { "lab-cp-1": 2, "lab-general-0": 1 };

  test("is in its name, and in those of its resources; generation 0 keeps them", async () => {
    const { all } = await lab({ workers, generations: GENERATIONS });
    expect(all("Device").map(({ name, inputs }) => [name, inputs.hostname])).toEqual([
      ["lab-cp-0", "lab-cp-0"],
      ["lab-cp-1-g2", "lab-cp-1-g2"],
      ["lab-cp-2", "lab-cp-2"],
      ["lab-general-0-g1", "lab-general-0-g1"],
      ["lab-general-1", "lab-general-1"],
    ]);
  });

  test("is in no grant: the machine is another one, which never was in the cluster", async () => {
    expect(generations(await lab({ workers, generations: GENERATIONS }))).toEqual([]);
  });

  test("leaves it at its place: another generation stands where the one before it stood", async () => {
    const { all } = await lab({ machines: { metros: ["da", "sv", "ny"] }, generations: { "lab-cp-1": 1 } });
    expect(all("Device").map(({ inputs }) => inputs.metro)).toEqual(["da", "sv", "ny"]);
  });

  test("has all of them know one another by their new names", async () => {
    const { find, all } = await lab({ generation: 1 });
    const names = [0, 1, 2].map(i => `lab-cp-${i}-g1`);
    expect(granted(find("lab-cp-0-g1-member")).roster.map(({ name }) => name)).toEqual(names);
    // No join begins before each new machine is there.
    for (const { dependsOn } of all("Command").filter(({ name }) => name.endsWith("-join")))
      expect(dependsOn).toEqual(expect.arrayContaining(names.map(name => `${name}-program`)));
    // The formation goes on as the one of this cluster.
    expect(find("lab-form").ignoreChanges).toEqual(expect.arrayContaining(["connection", "create", "stdin"]));
  });
});

describe("machines that are no longer in the configuration", () => {
  test("are seen off by a member, when all others have joined and changed", async () => {
    const { find } = await over();
    const { inputs, dependsOn, ignoreChanges, deleteBeforeReplace } = find("lab-retire");
    expect(granted(find("lab-retire"))).toMatchObject({
      verb: "retire",
      machine: { name: "m11", address: "10.0.0.11" },
      roster: [11, 12, 13].map(n => ({ name: `m${n}`, address: `10.0.0.${n}` })),
      staying: ["m11", "m12", "m13", "m21", "m22", "m23"],
    });
    expect(dependsOn).toEqual(expect.arrayContaining(["lab-m13-member", "lab-general-nodes"]));
    expect(find("lab-general-nodes").dependsOn).toEqual(
      expect.arrayContaining(["lab-m21-worker", "lab-m22-worker", "lab-m23-worker"]),
    );
    // It runs at every change of who stays, and by whichever member answers.
    expect(inputs).not.toHaveProperty("triggers");
    expect([ignoreChanges, deleteBeforeReplace]).toEqual([[], false]);
    expect(find("lab-nodes").dependsOn).toContain("lab-retire");
  });

  test("are seen off by the first member that answers", async () => {
    const { find } = await cluster(overSsh(), false, at => at !== "10.0.0.11");
    expect(find("lab-retire").inputs.connection).toMatchObject({ host: "10.0.0.12" });
    expect(granted(find("lab-retire"))).toMatchObject({ machine: { name: "m12" } });
  });

  test("are no balancers, which are no part of the cluster", async () => {
    const { find } = await cluster(overSsh({ endpoint: BALANCERS }));
    expect(granted(find("lab-retire")).staying).toEqual(["m11", "m12", "m13"]);
  });

  test.each([
    [["a", "b"], ["a", "b", "c"], undefined],
    [
      ["a", "b"],
      ["b"],
      "a leaves the cluster: ordinary pods are moved, then its etcd member, Node and keys are removed",
    ],
    [
      ["a", "b", "c", "d"],
      ["a", "e"],
      "b, c and d leave the cluster: ordinary pods are moved, then their etcd members, Nodes and keys are removed",
    ],
    [
      ["a", "b"],
      [],
      "a and b leave the cluster: ordinary pods are moved, then their etcd members, Nodes and keys are removed",
    ],
  ])("are named before they leave: %j, of which %j stay", (before, staying, words) => {
    expect(leaving(before, staying)).toBe(words);
  });
});

const claimIn = ({ inputs }: Registration): string => /echo (\S+)/.exec(String(inputs.create))?.[1] ?? "";

describe("a machine over SSH is wiped when its resource goes", () => {
  const ROLES = { endpoint: BALANCERS, workers: WORKERS };

  test("whatever its role was, and no rented one, which is deleted", async () => {
    const wiped = async (recording: Promise<Recording<unknown>>) =>
      (await recording)
        .all("Command")
        .filter(({ name }) => name.endsWith("-wipe"))
        .map(({ name }) => name);
    expect(await wiped(cluster(overSsh(ROLES)))).toEqual(
      [8, 9, 11, 12, 13, 21, 22, 23].map(n => `lab-m${n}-wipe`).sort(),
    );
    expect(await wiped(lab())).toEqual([]);
  });

  test("by its program, if it has one, which is told the cluster and the machine that are meant", async () => {
    const { find } = await cluster(
      overSsh({ name: "core", machines: { kind: "ssh", hosts: [host(11, { user: "ops" }), host(12), host(13)] } }),
    );
    const program = "/opt/rackplane/bin/rackplane";
    const lines = (sudo: string, machine: string, claim: string) => ({
      create: `${sudo}sh -c 'mkdir -p /etc/rackplane; echo ${claim} >>/etc/rackplane/claims'`,
      update: `${sudo}sh -c 'mkdir -p /etc/rackplane; echo ${claim} >/etc/rackplane/claims'`,
      delete: `[ ! -x ${program} ] || ${sudo}${program} wipe core ${machine} ${claim}`,
    });
    const claim = claimIn(find("lab-m12-wipe"));
    expect(claim).toMatch(/^[0-9a-f]{12}$/);
    expect(find("lab-m12-wipe").inputs).toMatchObject(lines("", "m12", claim));
    expect(find("lab-m11-wipe").inputs).toMatchObject(lines("sudo -n ", "m11", claim));
  });

  test("and claims the machine when it is made: where its component has another name, so has the claim", async () => {
    const args = { ssh: { publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY }, ...overSsh(ROLES), name: "core" };
    const claims = async (component: string) => {
      const { find } = await record(() => new Cluster(component, args as ClusterArgs), { answer: answers });
      return claimIn(find(`${component}-m12-wipe`));
    };
    const before = await claims("lab");
    expect(await claims("lab")).toBe(before);
    expect(await claims("renamed")).not.toBe(before);
  });

  test("after everything else of a destroy, and behind its own preflight: another cluster's machine is none of ours", async () => {
    const { resources, find } = await cluster(overSsh(ROLES));
    const dependsOn = new Map(resources.map(resource => [resource.name, resource.dependsOn]));
    /** What has to be there before, and goes after it. */
    const before = (name: string, known = new Set<string>()): Set<string> => {
      for (const other of dependsOn.get(name) ?? []) if (!known.has(other)) before(other, known.add(other));
      return known;
    };
    const wipes = [...dependsOn.keys()].filter(name => name.endsWith("-wipe"));
    const asks = /-(form|join|member|worker|balancer|invite|kubeconfig|kubernetes|nodes|retire|prepared)$/;
    for (const name of [...dependsOn.keys()].filter(name => asks.test(name)))
      expect([name, wipes.filter(wipe => !before(name).has(wipe))]).toEqual([name, []]);
    for (const wipe of wipes) expect(find(wipe).dependsOn).toEqual([wipe.replace("-wipe", "-preflight")]);
  });

  test("without long waiting for one that is off, and never because another host takes its name", async () => {
    const { find } = await cluster(overSsh(ROLES));
    const { inputs, customTimeouts, deleteBeforeReplace, ignoreChanges } = find("lab-m11-wipe");
    expect(inputs.connection).toMatchObject({ host: "10.0.0.11", dialErrorLimit: 3, perDialTimeout: 10 });
    expect(inputs).not.toHaveProperty("triggers");
    expect([deleteBeforeReplace, ignoreChanges]).toEqual([false, []]);
    expect(customTimeouts.delete).toBe("30m");
  });
});

describe("a cluster that is protected", () => {
  test("keeps its formation, and with it everything else: Pulumi refuses to destroy a part of it", async () => {
    const { resources } = await cluster(overSsh({ protect: true }));
    expect(resources.filter(({ protect }) => protect).map(({ name }) => name)).toEqual(["lab-form"]);
  });

  test("is not so by default", async () => {
    const { resources } = await cluster(overSsh({ endpoint: ARP }));
    expect(resources.filter(({ protect }) => protect)).toEqual([]);
  });
});
