import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { fail, figure, heal, journal, rackplane, until } from "../../../bench/rack";
import { probing } from "../../../bench/probe/probing";
import { kindCases, well, type KindCase } from "../../../bench/scenarios/kinds";
import { askingFrom, clientsOf, edited, LEAVING, readySince, WORKERS } from "../../../bench/scenarios/local-balancers";
import { ledTo } from "../../../bench/scenarios/led-to";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { onMachine } from "../../cli/operator";
import { Examined, words } from "../doctor/examined";

/**
 * Workers whose kubelets outlive what the VIP does, because each has a balancer of its own; one control-plane machine
 * grows to three, loses one, loses all API servers for a while, and shrinks again.
 */
const [all] = kindCases("workers");
const THREE: KindCase = { ...all!, workers: WORKERS };
const ONE: KindCase = { ...THREE, controlPlane: THREE.controlPlane.filter(name => !LEAVING.includes(name)) };
const [worker = ""] = WORKERS;

const upAs = (members: 1 | 3, own = true) =>
  withStackFile(THREE.stack, edited({ members, own }), () => rackplane("up", "--stack", THREE.stack));

async function wellUp(members: 1 | 3, own = true): Promise<void> {
  const up = await upAs(members, own);
  expect(up.code, up.output.slice(-5000)).toBe(0);
  await until("the cluster to be whole", 120, well(members === 1 ? ONE : THREE));
}

/** Longest of what a client with a second's patience misses on its worker, in seconds. */
const GAP = 2;
/** The same while an `up` takes the two cores as well. */
const GAP_OF_EDITS = 3;

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
  await wellUp(1);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${worker}:\n${await journal(worker)}\n`);
});

const healthy = async (): Promise<void> => {
  const doctor = await withStackFile(THREE.stack, edited({ members: 3, own: true }), () => Examined.of(THREE.stack));
  try {
    const diagnosis = await doctor.until(now => now.healthy, 60);
    expect(diagnosis.healthy, words(diagnosis)).toBe(true);
  } finally {
    doctor.end();
  }
};

test("whatever a worker's own programs ask of the API goes by its own balancer", async () => {
  for (const name of WORKERS) {
    expect(await ledTo(name, "local-balancer")).toEqual(ONE.controlPlane);
    const clients = await clientsOf(name);
    expect(clients.past).toEqual([]);
    expect(clients.by).toEqual(expect.arrayContaining(["kubelet"]));
    figure(`${name}: by its own balancer`, clients.by.join(", "));
  }
});

test("a control plane that grows is followed, and no worker is NotReady meanwhile", async () => {
  const before = await readySince();
  const outcome = await askingFrom(worker, () => wellUp(3));
  figure("one member grows to three, asked from a worker", JSON.stringify(outcome));
  for (const name of WORKERS) expect(await ledTo(name, "local-balancer")).toEqual(THREE.controlPlane);
  expect(await readySince()).toBe(before);
  const again = await upAs(3);
  expect(again.code, again.output.slice(-4000)).toBe(0);
  expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  await healthy();
});

test("the machine that holds the VIP loses power: on a worker that is a moment, and no worker is NotReady", async () => {
  const before = await readySince();
  const { now } = await until("the cluster to be whole", 60, well(THREE));
  const [holder = ""] = now.endpoint?.announcers ?? [];
  let outside: Awaited<ReturnType<typeof probing>> | undefined;
  const inside = await askingFrom(worker, async () => {
    outside = await probing(() => fail("power-off", holder), 25);
  });
  figure("the VIP's holder loses power, asked from outside", JSON.stringify(outside));
  figure("the VIP's holder loses power, asked from a worker", JSON.stringify(inside));
  expect(outside?.outageSeconds).toBeGreaterThan(GAP);
  expect(inside.outageSeconds).toBeLessThanOrEqual(GAP);
  expect(await readySince()).toBe(before);
  await heal("power-off", holder);
  await until("the cluster to be whole again", 180, well(THREE));
  expect(await readySince()).toBe(before);
});

test("every API server is away for 20 s: kubelets come back by themselves and were never NotReady", async () => {
  const before = await readySince();
  await Promise.all(THREE.controlPlane.map(name => fail("apiserver-away", name)));
  await new Promise(resolve => setTimeout(resolve, 20_000));
  await Promise.all(THREE.controlPlane.map(name => heal("apiserver-away", name)));
  const { seconds } = await until("the cluster to be whole again", 180, well(THREE));
  figure("every API server away for 20 s: whole again, seconds", seconds.toFixed(1));
  expect(await readySince()).toBe(before);
});

test("a balancer that is killed is back in a second; one that is stopped leaves its worker to the VIP", async () => {
  const before = await readySince();
  await onMachine(worker, ["systemctl kill --kill-whom=all -s KILL rackplane-local-balancer"]);
  const killed = await askingFrom(worker, async () => {
    await onMachine(worker, ["systemctl kill --kill-whom=all -s KILL rackplane-local-balancer"]);
  });
  figure("a worker's balancer is killed, asked from the worker", JSON.stringify(killed));
  expect(killed.outageSeconds).toBeLessThanOrEqual(GAP);
  const stopped = await askingFrom(worker, () => onMachine(worker, ["systemctl stop rackplane-local-balancer"]));
  figure("a worker's balancer is stopped, asked from the worker", JSON.stringify(stopped));
  expect(stopped.outageSeconds).toBeLessThanOrEqual(GAP);
  const doctor = await withStackFile(THREE.stack, edited({ members: 3, own: true }), () => Examined.of(THREE.stack));
  const diagnosis = await doctor.now();
  doctor.end();
  expect(diagnosis.first?.sentence, words(diagnosis)).toMatch(
    /^workers-general-0: rackplane-local-balancer\.service is inactive; expected this machine's own balancer .* run 'systemctl restart rackplane-local-balancer'/,
  );
  await onMachine(worker, ["systemctl restart rackplane-local-balancer"]);
  await healthy();
  expect(await readySince()).toBe(before);
});

test("the setting is taken out and given again on workers that run: no kubelet is without a server", async () => {
  const before = await readySince();
  const off = await askingFrom(worker, () => wellUp(3, false));
  figure("the balancers are taken away, asked from a worker", JSON.stringify(off));
  expect(off.outageSeconds).toBeLessThanOrEqual(GAP_OF_EDITS);
  for (const name of WORKERS) {
    expect(await onMachine(name, ["pidof haproxy; iptables -t nat -S OUTPUT | grep rackplane; true"])).toBe("");
    expect(await onMachine(name, ["systemctl is-enabled rackplane-local-balancer 2>/dev/null; true"])).toBe("disabled");
  }
  const on = await askingFrom(worker, () => wellUp(3));
  figure("the balancers are given again, asked from a worker", JSON.stringify(on));
  expect(on.outageSeconds).toBeLessThanOrEqual(GAP_OF_EDITS);
  for (const name of WORKERS) expect(await clientsOf(name)).toMatchObject({ past: [] });
  expect(await readySince()).toBe(before);
});

test("a worker that boots goes by its balancer from its kubelet's first connection on", async () => {
  await fail("reboot", worker);
  await until("the worker to be whole again", 120, well(THREE));
  const clients = await clientsOf(worker);
  expect(clients).toMatchObject({ past: [], by: expect.arrayContaining(["kubelet"]) as string[] });
});

test("a control plane that shrinks is followed, too", async () => {
  const before = await readySince();
  const up = await upAs(1);
  expect(up.code, up.output.slice(-5000)).toBe(0);
  for (const name of WORKERS) expect(await ledTo(name, "local-balancer")).toEqual(ONE.controlPlane);
  expect(await readySince()).toBe(before);
});
