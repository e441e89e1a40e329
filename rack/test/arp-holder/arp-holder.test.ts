import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { announcersOf } from "../../cli/endpoint";
import { kubectl, onMachine } from "../../cli/operator";
import { rackState } from "../../daemon/client";
import { figure, journal, rackplane, until } from "../../../bench/rack";
import { BENCH_FAULTS } from "../../../bench/failover/faults";
import { awaitWell, runOnce } from "../../../bench/failover/run";
import { watched } from "../../../bench/scenarios/watched";
import { kindCases, well } from "../../../bench/scenarios/kinds";
import { fail, heal } from "../../../bench/rack";

const [kind] = kindCases("arp");
if (kind === undefined) throw new Error("there is no kind arp");
const { stack, controlPlane } = kind;

/** Seconds of an outage: the lease is freed 1.8 to 2.3 s after the holder's last word, and kube-vip asks for it every 1 to 1.2 s; besides, etcd may elect. */
const LONGEST = 5;
/** Seconds for which nothing must happen; a lease would have been freed, or run out, in less. */
const CALM = 8;

const fault = (name: string) => {
  const found = BENCH_FAULTS.find(one => one.name === name);
  if (found === undefined) throw new Error(`there is no fault ${name}`);
  return found;
};
const leader = () =>
  kubectl(["-n", "kube-system", "get", "lease", "plndr-cp-lock", "-o", "jsonpath={.spec.holderIdentity}"]);
const addressOf = async (name: string) => (await rackState()).machines.find(m => m.name === name)?.address ?? "";

/** The most machines that had the VIP on an interface at one moment while `act` ran, looked at five times a second. */
async function mostHolders<T>(vip: string, act: () => Promise<T>): Promise<{ most: number; value: T }> {
  const rack = await rackState();
  let most = 0;
  let over = false;
  const looking = (async () => {
    while (!over) {
      most = Math.max(most, (await announcersOf("kube-vip-arp", vip, rack)).length);
      await pause(150);
    }
  })();
  const value = await act().finally(() => (over = true));
  await looking;
  return { most, value };
}

describe("the holder of a VIP that moves by ARP", () => {
  let vip = "";
  const whole = async () => {
    const now = await awaitWell(kind, 240);
    if (now === undefined) throw new Error(`${stack}: not whole within 240 s`);
    return now;
  };
  beforeAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
    const up = await rackplane("up", "--stack", stack);
    expect(up.code, up.output.slice(-4000)).toBe(0);
    vip = (await whole()).endpoint?.address ?? "";
  });
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of controlPlane) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });
  afterAll(async () => {
    expect((await rackplane("down")).code).toBe(0);
  });

  test.each(["power-off", "silence"])(
    "is replaced after %s, and never do two machines have the address",
    { retry: 1 },
    async name => {
      const before = await whole();
      const { most, value: run } = await mostHolders(vip, () => runOnce(kind, fault(name), 1, before));
      figure(`arp, ${name} of ${run.victims.join()}`, JSON.stringify(run.figures));
      expect(run.figures.lost).toBe(0);
      expect(run.wholeAt).toBeDefined();
      // A machine without power has no namespace; one that is silent is looked at where it stands.
      expect(most).toBe(1);
      expect(run.figures.outageSeconds).toBeLessThanOrEqual(LONGEST);
    },
  );

  test("that only one of the others does not hear keeps it: one machine's word is none", async () => {
    const now = await whole();
    const holder = now.endpoint?.announcers[0] ?? "";
    const other = controlPlane.find(name => name !== holder) ?? "";
    const address = await addressOf(holder);
    const cut = `add table inet rackplane_pair; add chain inet rackplane_pair input { type filter hook input priority -300; }; add rule inet rackplane_pair input ip saddr ${address} drop; add chain inet rackplane_pair output { type filter hook output priority -300; }; add rule inet rackplane_pair output ip daddr ${address} drop`;
    const { read } = await watched(async () => {
      await onMachine(other, [`nft '${cut}'`]);
      await pause(CALM * 1000);
      expect(await leader()).toBe(holder);
      await onMachine(other, ["nft delete table inet rackplane_pair"]);
    });
    figure("arp, the holder is not heard by one: failed", `${read.failed}/${read.total}`);
    await until("the cluster to be whole", 120, well(kind));
    expect(await leader()).toBe(holder);
  });

  test("keeps it while another machine is cut off from all others", async () => {
    const now = await whole();
    const holder = now.endpoint?.announcers[0] ?? "";
    const other = controlPlane.find(name => name !== holder) ?? "";
    const { most } = await mostHolders(vip, async () => {
      await fail("isolate", other);
      await pause(CALM * 1000);
      await heal("isolate", other);
    });
    expect(most).toBe(1);
    await until("the cluster to be whole", 120, well(kind));
    expect(await leader()).toBe(holder);
  });
});
