import { describe, expect, test } from "vitest";
import { Injection, type Hands, type Part } from "../../../bench/failover/injection";
import { lived, type Living } from "../../../bench/failover/living";
import { faultNamed } from "../../faults";

/** A daemon that notes what it is asked, and may refuse. */
function hands(refuses: readonly string[] = []): { readonly done: string[]; readonly hands: Hands } {
  const done: string[] = [];
  const does = (step: string) => async (fault: string, target: string) => {
    done.push(`${step} ${fault} ${target}`);
    if (refuses.includes(`${step} ${fault}`)) throw new Error(`${fault} took no effect`);
  };
  const all = { prepare: does("prepare"), inject: does("inject"), heal: does("heal"), tidy: does("tidy") };
  return { done, hands: { ...all, over: async fault => !refuses.includes(`over ${fault}`) } };
}

const part = (fault: string, target: string): Part => ({ fault: faultNamed(fault), target });

const served = (now: number) => ({ now, connection: now, kept: now, watch: now, write: now });

/** A run whose time passes only where it waits, with every client served always. */
function living(injection: Injection, change: Partial<Living> = {}): Living {
  let present = 0;
  const now = () => present;
  return {
    injection,
    traffic: { now, served: () => served(present) },
    isWhole: async () => true,
    heldSeconds: 20,
    pass: async seconds => void (present += seconds),
    ...change,
  };
}

describe("a run", () => {
  test("injects all parts, heals those that do not end by themselves, and tells when", async () => {
    const { done, hands: daemon } = hands();
    const two = new Injection([part("kill-apiserver", "cp-0"), part("stop-kubelet", "cp-1")], daemon);
    const times = await lived(living(two));
    expect(done).toEqual(["inject kill-apiserver cp-0", "inject stop-kubelet cp-1", "heal stop-kubelet cp-1"]);
    expect(times.healedAt).toBe(times.injectedAt + 20);
    expect(times.wholeAt).toBe(times.healedAt);
  });

  test("of what ends by itself heals nothing", async () => {
    const { done, hands: daemon } = hands();
    const times = await lived(living(new Injection([part("reboot", "cp-0")], daemon)));
    expect(done).toEqual(["inject reboot cp-0"]);
    expect(times).not.toHaveProperty("healedAt");
  });

  test("whose fault took no effect is healed and fails", async () => {
    const { done, hands: daemon } = hands(["inject power-off"]);
    const both = new Injection([part("power-off", "cp-0"), part("switch-power-off", "switch-a")], daemon);
    await expect(lived(living(both))).rejects.toThrow(/power-off took no effect/);
    expect(done.filter(step => step.startsWith("heal"))).toEqual([
      "heal power-off cp-0",
      "heal switch-power-off switch-a",
    ]);
  });

  test("that is ended early is healed first", async () => {
    const { done, hands: daemon } = hands();
    let present = 0;
    const injection = new Injection([part("power-off", "cp-0")], daemon);
    const run = lived(
      living(injection, {
        traffic: { now: () => present, served: () => served(present) },
        pass: async seconds => {
          if (seconds > 10) throw new Error("aborted");
          present += seconds;
        },
      }),
    );
    await expect(run).rejects.toThrow(/abort/i);
    expect(done).toEqual(["inject power-off cp-0", "heal power-off cp-0"]);
  });

  test("that can neither go on nor be healed says both", async () => {
    const { hands: daemon } = hands(["inject power-off", "heal power-off"]);
    await expect(lived(living(new Injection([part("power-off", "cp-0")], daemon)))).rejects.toThrow(
      /took no effect[^]*and what was injected could not be healed: .*cp-0/,
    );
  });

  test("is whole again from when it began to be and stayed so, not from a moment in between", async () => {
    const { hands: daemon } = hands();
    const looks = [true, false, true];
    const isWhole = async () => looks.shift() ?? true;
    const { injectedAt, wholeAt = 0 } = await lived(
      living(new Injection([part("reboot", "cp-0")], daemon), { isWhole }),
    );
    // Two looks, two seconds apart, come before the one that counts.
    expect(wholeAt - injectedAt).toBe(4);
  });

  test("that is never whole again says so by leaving it out", async () => {
    const { hands: daemon } = hands();
    const times = await lived(living(new Injection([part("reboot", "cp-0")], daemon), { isWhole: async () => false }));
    expect(times).not.toHaveProperty("wholeAt");
  });
});

test("a fault waits for clients that are served, and says which are not", async () => {
  const { done, hands: daemon } = hands();
  let present = 0;
  const run = lived(
    living(new Injection([part("reboot", "cp-0")], daemon), {
      traffic: { now: () => present, served: () => ({ ...served(present), watch: 1 }) },
      pass: async seconds => void (present += seconds),
    }),
  );
  await expect(run).rejects.toThrow(/waited 60 s for every client to be served before the fault; .*"watch":1/);
  expect(done).toEqual([]);
});

describe("what a fault needs before", () => {
  test("is put there only where it needs something, and is tidied even if nothing was injected", async () => {
    const { done, hands: daemon } = hands();
    const injection = new Injection([part("full-disk", "cp-0"), part("kill-etcd", "cp-1")], daemon);
    expect(await injection.prepare()).toBe(true);
    await injection.heal();
    await injection.tidy();
    expect(done).toEqual(["prepare full-disk cp-0", "tidy full-disk cp-0"]);
    expect(await new Injection([part("kill-etcd", "cp-1")], daemon).prepare()).toBe(false);
  });

  test("is over when nothing is left of any part", async () => {
    const two = [part("kill-apiserver", "cp-0"), part("stop-kubelet", "cp-1")];
    expect(await new Injection(two, hands().hands).over()).toBe(true);
    expect(await new Injection(two, hands(["over stop-kubelet"]).hands).over()).toBe(false);
  });
});
