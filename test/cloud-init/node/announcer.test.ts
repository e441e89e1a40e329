import { expect } from "vitest";

import { announced, announcing, AnnouncingMachine, holding, testOf, until, withdrawn } from "./announcer-machine";

const test = testOf(() => new AnnouncingMachine());

test("nothing is announced before the API server is ready, then at once", async machine => {
  machine.start();
  await machine.probes(3);
  expect(machine.announced).toBe(false);
  expect(machine.read("run/rackplane/announcing")).toMatch(/^no \d+\.\d+$/m);

  machine.set("healthy");
  await announced(machine);
  await until(() => machine.read("run/rackplane/announcing").startsWith("yes "), "the state");
  expect(machine.calls("curl")[0]).toMatch(
    /-m 0\.7 .*--cacert \S+ca\.crt -o \/dev\/null https:\/\/10\.70\.17\.9:6443\/readyz$/,
  );
});

test("a machine without the cluster's CA waits and asks nobody", async machine => {
  machine.unset("etc/kubernetes/pki/ca.crt");
  machine.set("healthy");
  machine.start();
  await until(() => machine.calls("ip -o addr").length > 3, "a few rounds");
  expect(machine.calls("curl")).toEqual([]);
  expect(machine.announced).toBe(false);
});

test("while announced, liveness is asked without etcd's quorum, and this machine's own etcd besides", async machine => {
  await announcing(machine);
  await machine.probes(2);

  expect(machine.calls("curl").at(-1)).toMatch(
    /\/livez\?exclude=etcd -o \S+ http:\/\/127\.0\.0\.1:2381\/health\?\S*serializable=true -o \S+ https:\S+\/readyz\?exclude=etcd&exclude=etcd-readiness -o \S+ https:\S+\/readyz -o \S+ http:\/\/127\.0\.0\.1:2381\/health\?exclude=NOSPACE$/,
  );
});

const failures: [string, (machine: AnnouncingMachine) => void][] = [
  ["API server", machine => machine.unset("healthy")],
  ["machine's own etcd", machine => machine.set("etcd-down")],
];
for (const [which, fail] of failures)
  test(`the first failed answer of the ${which} withdraws: manifest, process and address go`, async machine => {
    await announcing(machine);
    machine.set("vip");
    const kubeVip = await machine.kubeVip("203.0.113.1");
    const ended = new Promise(done => kubeVip.once("exit", (_code, signal) => done(signal)));

    fail(machine);
    await withdrawn(machine);

    expect(await ended).toBe("SIGTERM");
    await until(() => machine.read("run/rackplane/announcing").startsWith("no "), "the state");
    expect(machine.exists("vip")).toBe(false);
    expect(machine.calls("ip addr del")).toContain("ip addr del 203.0.113.1/32 dev lo");
  });

test("one silence of the API server withdraws nothing, since a busy machine is slow; two in a row do", async machine => {
  await announcing(machine);

  machine.set("slow-once");
  await until(() => !machine.exists("slow-once"), "the slow answer");
  await machine.probes(3);
  expect(machine.announced).toBe(true);

  machine.set("frozen");
  await withdrawn(machine);
});

test("a kube-vip that ignores SIGTERM is killed, one that holds another address is left alone", async machine => {
  await announcing(machine);
  const services = await machine.kubeVip("203.0.113.99");
  const deaf = await machine.kubeVip("203.0.113.1", true);
  const ended = new Promise(done => deaf.once("exit", (_code, signal) => done(signal)));

  machine.unset("healthy");

  expect(await ended).toBe("SIGKILL");
  await machine.probes(2);
  expect(services.exitCode ?? services.signalCode).toBeNull();
});

test("after a withdrawal two seconds of good answers come first, and the pod is a new one", async machine => {
  await announcing(machine);
  const first = machine.nonce;
  machine.unset("healthy");
  await withdrawn(machine);

  machine.set("healthy");
  const back = Date.now();
  await announced(machine);

  expect(Date.now() - back).toBeGreaterThan(1900);
  expect(machine.nonce).not.toBe(first);
});

test("one bad answer in between starts the two seconds anew", async machine => {
  await announcing(machine);
  machine.unset("healthy");
  await withdrawn(machine);

  machine.set("healthy");
  await machine.probes(8);
  machine.unset("healthy");
  await machine.probes(2);
  machine.set("healthy");
  const back = Date.now();
  await announced(machine);
  expect(Date.now() - back).toBeGreaterThan(1900);
});

test("a restart of the announcer takes the announcement over and withdraws nothing", async machine => {
  await announcing(machine);
  const before = machine.nonce;

  await machine.restart();
  await machine.probes(3);

  expect(machine.nonce).toBe(before);
  expect(machine.calls("ip addr del")).toEqual([]);
});

test("a restart with another configuration withdraws, and announces the new one", async machine => {
  await announcing(machine);
  const node = JSON.parse(machine.read("etc/rackplane/node.json")) as { announcer: object };
  machine.set("etc/rackplane/node.json", JSON.stringify({ ...node, announcer: { ...node.announcer, holdSeconds: 9 } }));

  await machine.restart();
  await withdrawn(machine);
  await announced(machine);

  expect(JSON.stringify(machine.manifest())).toContain('"bgp_hold_time","value":"9"');
});

test("an address left over on lo is removed while nothing is announced", async machine => {
  machine.set("vip");
  machine.start();
  await until(() => !machine.exists("vip"), "the removal");
});

test("an address that was taken off lo comes back at the next look, and kube-vip runs on", async machine => {
  machine.set("healthy");
  machine.set("vip");
  await machine.kubeVip("203.0.113.1");
  machine.start();
  await announced(machine);
  const first = machine.nonce;
  machine.unset("vip");
  await until(() => machine.exists("vip"), "the address");
  expect(machine.calls("ip addr add")).toEqual(["ip addr add 203.0.113.1/32 dev lo"]);
  expect(machine.nonce).toBe(first);
});

test("a process that was taken away comes back with a new pod, after kubelet's own time", async machine => {
  machine.set("healthy");
  machine.set("vip");
  await machine.kubeVip("203.0.113.1");
  machine.start({ RACKPLANE_PATIENCE_US: "1000000" });
  await announced(machine);
  const first = machine.nonce;
  await machine.probes(8);
  expect(machine.nonce).toBe(first);

  machine.unset("pids");
  await until(() => machine.nonce !== first, "a new pod");
});

test("routes to the peers that the network's configuration flushed come back while announced", async machine => {
  await announcing(machine);
  machine.unset("routes");
  await until(() => machine.exists("routes"), "the routes");
  expect(machine.calls("ip route replace")).toEqual([
    "ip route replace 169.254.255.1/32 via 10.70.17.8 src 10.70.17.9",
  ]);
});

test("the BGP password is in a file for root alone, in no pod and in no message", async machine => {
  await announcing(machine);
  expect(machine.read("run/rackplane/kube-vip-peers.json")).toContain('"Password": "Secret12345"');
  expect(machine.mode("run/rackplane/kube-vip-peers.json")).toBe("600");
  expect(JSON.stringify(machine.manifest())).not.toContain("Secret12345");
  machine.unset("healthy");
  await withdrawn(machine);
  await until(() => machine.read("var/lib/rackplane/status").includes("is withdrawn"), "the message");
  expect(machine.read("var/lib/rackplane/status") + machine.read("calls")).not.toContain("Secret12345");
});

test("another BGP password alone is another configuration: it withdraws, and announces with the new one", async machine => {
  machine.set("etc/kubernetes/pki/ca.key", "a key");
  await announcing(machine);
  const hash = () => machine.manifest().metadata.annotations["rackplane/source"];
  const before = hash();
  machine.set(
    "var/lib/rackplane/machine.json",
    machine.read("var/lib/rackplane/machine.json").replace("Secret12345", "Secret54321"),
  );

  await machine.restart();
  await withdrawn(machine);
  await announced(machine);

  expect(machine.read("run/rackplane/kube-vip-peers.json")).toContain("Secret54321");
  expect(hash()).not.toBe(before);
});

test("a verb that holds the VIP back has it withdrawn from an API server that is well, until it lets go", async machine => {
  await announcing(machine);
  const verb = holding(machine);
  try {
    await withdrawn(machine);
    await until(() => machine.read("run/rackplane/announcing").startsWith("no "), "the state");
    expect(machine.announced).toBe(false);
    machine.unset("run/rackplane/held-back");
    await announced(machine);
  } finally {
    verb.end();
  }
});

test("a verb that was killed holds nothing back", async machine => {
  await announcing(machine);
  const verb = holding(machine);
  await withdrawn(machine);
  verb.end();
  await announced(machine);
  expect(machine.exists("run/rackplane/held-back")).toBe(true);
});
