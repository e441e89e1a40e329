import { beforeAll, describe, expect, it } from "vitest";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { ROSTER, TestMachine } from "./machine";

const CONTROL_PLANE = { "node-role.kubernetes.io/control-plane": "" };
interface NodeOf {
  name: string;
  address: string;
  ready?: boolean;
  labels?: object;
  annotations?: object;
}
const node = ({ name, address, ready = true, labels = {}, annotations = {} }: NodeOf) => ({
  metadata: { name, labels, annotations },
  spec: {},
  status: {
    addresses: [{ type: "InternalIP", address }],
    conditions: [{ type: "Ready", status: ready ? "True" : "Unknown" }],
    nodeInfo: { architecture: "amd64" },
  },
});
const member = (i: number, ready = true) =>
  node({ name: ROSTER[i]?.name ?? "", address: ROSTER[i]?.address ?? "", ready, labels: CONTROL_PLANE });
const worker = (i: number, changes: Partial<NodeOf> = {}) =>
  node({ name: `prod-w-${i}`, address: `10.70.0.2${i}`, annotations: { "rackplane/machine": "prod" }, ...changes });

/** Machine 0 of three. */
let three: TestMachine;
beforeAll(async () => {
  three = new TestMachine(0).cluster(1, 2);
  const { code, stderr } = await three.run("member");
  expect(code, stderr).toBe(0);
}, 60_000);

/** What the cluster knows, and which machines live and answer with which word when they are told. */
function cluster(nodes: object[], lives: Record<string, string> = {}): TestMachine {
  const machine = three.copy();
  machine.write("fake/cluster-nodes.json", JSON.stringify({ items: nodes }));
  machine.write(
    "fake/addresses",
    [...ROSTER, ...[0, 1].map(i => ({ name: `prod-w-${i}`, address: `10.70.0.2${i}` }))]
      .map(({ name, address }) => `${name} ${address}\n`)
      .join(""),
  );
  for (const [name, word] of Object.entries(lives)) {
    machine.write(`fake/lives/${name}`, word);
    machine.write(`fake/kubelets/${name}`, "");
  }
  return machine;
}
const nodesOf = (machine: TestMachine) =>
  (
    JSON.parse(machine.read("fake/cluster-nodes.json") ?? "") as {
      items: { metadata: { name: string; annotations: Record<string, string> }; spec: { unschedulable?: boolean } }[];
    }
  ).items;
const names = (machine: TestMachine) => nodesOf(machine).map(({ metadata }) => metadata.name);
const retire = (
  machine: TestMachine,
  stay: readonly number[],
  staying: readonly string[] = [],
  changes: Partial<Grant> = {},
) => {
  const roster = stay.map(i => ROSTER[i] ?? machine.self);
  return machine.run("retire", { roster, staying: [...roster.map(({ name }) => name), ...staying], ...changes });
};

describe.concurrent("retire", () => {
  it("does nothing where every machine stays, but to mark the Nodes as machines of the cluster", async () => {
    const machine = cluster([member(0), member(1), member(2), worker(0, { annotations: {} })]);
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await retire(machine, [0, 1, 2], ["prod-w-0"]);
      expect(code, stderr).toBe(0);
    }
    expect(nodesOf(machine).map(({ metadata }) => metadata.annotations["rackplane/machine"])).toEqual(
      Array(4).fill("prod"),
    );
    expect(machine.calls.filter(call => call.includes("annotate node"))).toHaveLength(1);
    expect(machine.has("fake/lease.json")).toBe(false);
    expect(machine.result()).toEqual({ name: "prod-cp-0", left: 0 });
  });

  it("sees a living member off: pods leave, it is told and is ready, its member is removed by ID, then its Node goes", async () => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "ready" });
    const { code, stderr } = await retire(machine, [0, 1]);
    expect(code, stderr).toBe(0);
    expect(machine.members.map(({ name }) => name).sort()).toEqual(["prod-cp-0", "prod-cp-1"]);
    expect(names(machine)).toEqual(["prod-cp-0", "prod-cp-1"]);
    const order = ["cordon prod-cp-2", "told prod-cp-2", "entry: removed", "node prod-cp-2 deleted"];
    expect(machine.places.filter(place => order.includes(place))).toEqual(order);
    expect(stderr).toContain("prod-cp-2 has left; nothing of the cluster answers at 10.70.0.5");
    expect(machine.read("fake/lease.json")).toContain('"holderIdentity": ""');
  });

  it("tells it by a pod of an image that is on that machine, which may be another one than here", async () => {
    const leaves = member(2);
    const images = ["registry.k8s.io/etcd:3.6.5-0", "mirror.example/k8s/pause:3.9"].map(name => ({ names: [name] }));
    const machine = cluster([member(0), member(1), { ...leaves, status: { ...leaves.status, images } }], {
      "prod-cp-2": "ready",
    });
    machine.write("fake/pause-of/prod-cp-2", "mirror.example/k8s/pause:3.9");
    const { code, stderr } = await retire(machine, [0, 1]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("prod-cp-2 has left; nothing of the cluster answers at 10.70.0.5");
  });

  it("does not take a member for dead that leaves one question unanswered: it leaves in order", async () => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "ready" });
    machine.write("fake/faults/silent-10.70.0.5", "2\n");
    const { code, stderr } = await retire(machine, [0, 1]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("prod-cp-2 at 10.70.0.5) does not answer; it counts as dead when it has not for");
    const order = ["told prod-cp-2", "entry: removed"];
    expect(machine.places.filter(place => order.includes(place))).toEqual(order);
    expect(machine.members).toHaveLength(2);
  });

  it("removes a member that stays silent, and says that its disk has keys", async () => {
    const machine = cluster([member(0), member(1), member(2, false)]);
    machine.down(2);
    const { code, stderr } = await retire(machine, [0, 1]);
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(2);
    expect(names(machine)).toEqual(["prod-cp-0", "prod-cp-1"]);
    expect(machine.places).not.toContain("told prod-cp-2");
    expect(stderr).toMatch(
      /prod-cp-2 has left, and has not answered: its disk still has the cluster's keys; wipe it \('rackplane wipe prod' on it\)/,
    );
  });

  it("takes no more than a stale etcd member from a name that stays, as a worker for instance", async () => {
    const machine = cluster([member(0), member(1), worker(0)], { "prod-w-0": "ready" });
    machine.members = [
      ...machine.members.filter(({ name }) => name !== "prod-cp-2"),
      machine.member(2, { id: "77", name: "prod-w-0", address: "10.70.0.20" }),
    ];
    const { code, stderr } = await retire(machine, [0, 1], ["prod-w-0"]);
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(2);
    expect(names(machine)).toEqual(["prod-cp-0", "prod-cp-1", "prod-w-0"]);
    expect(machine.places).not.toContain("told prod-w-0");
    expect(stderr).toContain("prod-w-0 at 10.70.0.20 is no member of etcd any more; the machine of that name stays");
    expect(stderr).not.toContain("its disk still has the cluster's keys");
    expect(machine.result()).toEqual({ name: "prod-cp-0", left: 0 });
  });

  it("shrinks three to one, the dead first", async () => {
    const machine = cluster([member(0), member(1), member(2, false)], { "prod-cp-1": "ready" });
    machine.down(2);
    const { code, stderr } = await retire(machine, [0]);
    expect(code, stderr).toBe(0);
    expect(machine.members.map(({ name }) => name)).toEqual(["prod-cp-0"]);
    expect(names(machine)).toEqual(["prod-cp-0"]);
  });

  it("sees off a worker, and leaves a Node that others brought", async () => {
    const theirs = node({ name: "other", address: "10.70.0.99" });
    const machine = cluster([member(0), member(1), member(2), worker(0), worker(1), theirs], { "prod-w-1": "ready" });
    const { code, stderr } = await retire(machine, [0, 1, 2], ["prod-w-0"]);
    expect(code, stderr).toBe(0);
    expect(names(machine)).toEqual(["prod-cp-0", "prod-cp-1", "prod-cp-2", "prod-w-0", "other"]);
    expect(stderr).toContain("left alone, as they are no machines of this program: the Nodes other");
    expect(machine.members).toHaveLength(3);
  });

  it("does not remove a living member while one that stays is ill, and names it", async () => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "ready" });
    machine.members = [...machine.members, machine.member(3, { id: "44", name: "prod-cp-3", address: "10.70.0.7" })];
    const roster = [...ROSTER.slice(0, 2), { name: "prod-cp-3", address: "10.70.0.7" }];
    const { code, stderr } = await machine.run("retire", { roster, staying: roster.map(({ name }) => name) });
    expect(code).toBe(1);
    expect(stderr).toContain("of those that stay prod-cp-3 at 10.70.0.7 is not healthy; expected all of them to be");
    expect(machine.members).toHaveLength(4);
    expect(machine.places).not.toContain("told prod-cp-2");
  });

  it("stops where a machine cannot leave, and tells why in its words", async () => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "failed: no other machine serves" });
    const begun = machine.begin("retire", { roster: ROSTER.slice(0, 2), staying: ["prod-cp-0", "prod-cp-1"] });
    await machine.until(
      () => (machine.read("var/lib/rackplane/status") ?? "").includes("prod-cp-2 to be ready to leave"),
      30,
    );
    expect(machine.members).toHaveLength(3);
    machine.write("fake/cut", "entry: removed");
    machine.write(
      "fake/cluster-nodes.json",
      (machine.read("fake/cluster-nodes.json") ?? "").replace("failed: no other machine serves", "ready"),
    );
    await begun.ended;
    expect(machine.members).toHaveLength(2);
  });

  it("does not take pods away that nothing would make anew, and the Node takes pods again", async () => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "ready" });
    const pod = { metadata: { name: "alone", namespace: "shop" }, status: { phase: "Running" } };
    machine.write("fake/pods/prod-cp-2.json", JSON.stringify({ items: [pod] }));
    const begun = machine.begin("retire", { roster: ROSTER.slice(0, 2), staying: ["prod-cp-0", "prod-cp-1"] });
    await machine.until(
      () => (machine.read("var/lib/rackplane/status") ?? "").includes("every ordinary pod to leave prod-cp-2"),
      30,
    );
    expect(machine.places).not.toContain("told prod-cp-2");
    expect(nodesOf(machine)[2]?.spec.unschedulable).toBe(true);
    machine.write("fake/pods/prod-cp-2.json", JSON.stringify({ items: [] }));
    const { code, stderr } = await begun.ended;
    expect(code, stderr).toBe(0);
  });

  it.each([
    "cordon prod-cp-2",
    "told prod-cp-2",
    "entry: before its removal",
    "entry: removed",
    "node prod-cp-2 deleted",
  ])("is completed by the next run where it was cut at '%s'", async place => {
    const machine = cluster([member(0), member(1), member(2)], { "prod-cp-2": "ready" });
    machine.write("fake/cut", place);
    expect((await retire(machine, [0, 1])).code).toBeNull();
    const { code, stderr } = await retire(machine, [0, 1]);
    expect(code, stderr).toBe(0);
    expect(machine.members).toHaveLength(2);
    expect(names(machine)).toEqual(["prod-cp-0", "prod-cp-1"]);
  });

  it("takes no grant that would let a machine of the control plane leave that is in the roster", async () => {
    const machine = cluster([member(0), member(1), member(2)]);
    const { code, stderr } = await machine.receive("retire", { staying: ["prod-cp-0"] });
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /\.staying: found \["prod-cp-0"\], expected the names of all machines that stay, the roster's among them/,
    );
  });
});
