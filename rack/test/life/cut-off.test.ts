import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { fail, figure, heal, journal, rackplane, statusNow, until } from "../../../bench/rack";
import { apiServerReady } from "../../../bench/scenarios/api-server";
import { apiServerOf, kindCases, well } from "../../../bench/scenarios/kinds";
import { onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";
import type { Status } from "../../cli/status";

/**
 * A machine whose etcd alone has lost its peers lives and cannot serve. Seconds of an outage; 9.2, 4.2 and 1.1 were
 * measured. By BGP a third of all new connections goes to that machine until it withdraws: etcd has to lose its leader,
 * the API server to find that out, and the announcer to hear it for two seconds and to find a peer that serves.
 */
const LONGEST: Readonly<Record<string, number>> = { bgp: 12, arp: 12, haproxy: 10 };
/** An API server may end by itself, and withdraw so, when etcd was silent for a minute and a half: far longer than this. */
const PROBE_SECONDS = 30;

describe.each(kindCases("all").filter(({ name }) => LONGEST[name] !== undefined))("$name", kind => {
  beforeAll(() => freshStack(kind.stack, well(kind)));
  let machine = kind.controlPlane[0] ?? "";
  afterEach(async context => {
    if (context.task.result?.state === "fail") process.stdout.write(`${machine}:\n${await journal(machine)}\n`);
  });

  test("a machine cut off from its etcd peers alone withdraws while the others serve", async () => {
    machine = apiServerOf(kind, await statusNow());
    const outcome = await probing(() => fail("cut-etcd", machine), PROBE_SECONDS);
    figure(`${kind.name}, cut off from etcd's peers`, JSON.stringify(outcome));
    const { endpoint } = await statusNow();
    expect(endpoint?.answers).toBe(true);
    // A balancer on the machine itself leads to the others' API servers.
    if (kind.name !== "haproxy") {
      expect(endpoint?.announcers).not.toContain(machine);
      expect(await unready(await statusNow())).toEqual([]);
    }
    await heal("cut-etcd", machine);
    await until("the cluster to be whole after the cut", 180, well(kind));
    expect(outcome.outageSeconds).toBeLessThanOrEqual(LONGEST[kind.name] ?? 0);
  });

  test.runIf(kind.name === "bgp")("no machine withdraws when etcd has lost its quorum everywhere", async () => {
    for (const name of kind.controlPlane.slice(1)) await fail("cut-etcd", name);
    try {
      const end = Date.now() + 20_000;
      while (Date.now() < end) {
        const { endpoint } = await statusNow();
        expect(endpoint?.announcers).toEqual([...kind.controlPlane].sort());
        await new Promise(resolve => setTimeout(resolve, 1000));
      }
    } finally {
      for (const name of kind.controlPlane.slice(1)) await heal("cut-etcd", name);
    }
    await until("the cluster to be whole again", 180, well(kind));
  });

  test("certificates that have ended withdraw no machine, and status says so", async () => {
    const before = await statusNow();
    for (const name of kind.controlPlane) await onMachine(name, [OUTDATE]);
    // API servers take a new certificate up within a minute; from then on clients refuse them, and announcers do not.
    try {
      await until("the endpoint to be refused for its date", 120, ({ endpoint }) => endpoint?.answers === false);
      await new Promise(resolve => setTimeout(resolve, 15_000));
      expect((await statusNow()).endpoint?.announcers).toEqual(before.endpoint?.announcers);
      expect((await statusNow()).certificates?.days).toBeLessThan(0);
    } finally {
      for (const name of kind.controlPlane)
        await onMachine(name, ["cd /etc/kubernetes/pki && mv -f apiserver.crt.aside apiserver.crt"]);
    }
    await until("the cluster to be whole again", 180, well(kind));
  });
});

/** Machines that announce and whose own API server, asked from outside of them, is not ready. */
async function unready({ machines, endpoint }: Status): Promise<string[]> {
  const announcing = machines.filter(({ name }) => endpoint?.announcers.includes(name));
  const found = await Promise.all(
    announcing.map(async ({ name, address }) => ((await apiServerReady(address, endpoint?.port ?? 0)) ? [] : [name])),
  );
  return found.flat();
}

/** The same key and names, a date that is over. */
const OUTDATE = [
  "cd /etc/kubernetes/pki && cp -p apiserver.crt apiserver.crt.aside",
  "names=$(openssl x509 -in apiserver.crt -noout -ext subjectAltName | tail -n 1 | sed 's/IP Address:/IP:/g')",
  'printf "subjectAltName=%s\\nextendedKeyUsage=serverAuth\\n" "$names" >/tmp/outdate.ext',
  "openssl req -new -key apiserver.key -subj /CN=kube-apiserver | openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -CAserial /tmp/outdate.srl -days -1 -extfile /tmp/outdate.ext -out /tmp/outdate.crt",
  "mv -f /tmp/outdate.crt apiserver.crt",
].join(" && ");

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
