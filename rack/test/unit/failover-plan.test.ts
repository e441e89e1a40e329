import { describe, expect, test } from "vitest";
import { listed, plan } from "../../../bench/failover/plan";
import { ourSubjects } from "../../../bench/failover/subject";
import { victimsOf, type Standing } from "../../../bench/failover/victims";
import { FAULTS } from "../../faults";
import { CASES } from "../../faults/cases";

const SUBJECTS = ourSubjects();
const ALL = { kinds: [], faults: [], runs: 1 };
const caseNamed = (name: string) => {
  const found = CASES.find(one => one.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const told = (runs: ReturnType<typeof plan>) =>
  runs.map(({ subject, fault, number }) => `${subject.name} ${fault.name} ${number}`);

describe("the plan of a bench", () => {
  test("has every kind, one after the other, and at least 25 faults", () => {
    const runs = plan(SUBJECTS, CASES, ALL);
    const order = runs.map(({ subject }) => subject.name).filter((name, i, all) => name !== all[i - 1]);
    expect(order).toEqual(["bgp", "arp", "haproxy", "nginx", "balancers", "external"]);
    for (const kind of order) expect(runs.filter(({ subject }) => subject.name === kind).length).toBeGreaterThan(20);
    expect(new Set(runs.map(({ fault }) => fault.name)).size).toBeGreaterThanOrEqual(25);
  });

  test("has each fault of a kind once before any comes again", () => {
    const wanted = { kinds: ["arp", "bgp"], faults: ["reboot", "power-off"], runs: 2 };
    expect(told(plan(SUBJECTS, CASES, wanted))).toEqual([
      "bgp power-off 1",
      "bgp reboot 1",
      "bgp power-off 2",
      "bgp reboot 2",
      "arp power-off 1",
      "arp reboot 1",
      "arp power-off 2",
      "arp reboot 2",
    ]);
  });

  test("leaves out what cannot happen to a kind", () => {
    const kindsOf = (fault: string) =>
      plan(SUBJECTS, CASES, { ...ALL, faults: [fault] }).map(({ subject }) => subject.name);
    expect(kindsOf("wrong-md5")).toEqual(["bgp"]);
    expect(kindsOf("machine-and-switch")).toEqual(["bgp"]);
    expect(kindsOf("kill-kube-vip")).toEqual(["bgp", "arp"]);
    expect(kindsOf("kill-keepalived")).toEqual(["haproxy", "nginx", "balancers"]);
    expect(kindsOf("kill-balancer")).toEqual(["haproxy", "nginx", "balancers"]);
    expect(kindsOf("standby-power-off")).toEqual(["balancers"]);
    expect(kindsOf("clock-back")).not.toContain("external");
  });

  test("refuses all that is not there at once, and names what is", () => {
    expect(() => plan(SUBJECTS, CASES, { kinds: ["bpg", "arp"], faults: ["power", "reboot"], runs: 0 })).toThrow(
      /^--kind: found "bpg", expected some of bgp, arp, .*\n--fault: found "power", expected some of kill-apiserver, .*\n--runs: found 0, expected a whole number from 1 to 100$/,
    );
  });

  test("refuses to be empty", () => {
    expect(() => plan(SUBJECTS, CASES, { kinds: ["arp"], faults: ["wrong-md5"], runs: 1 })).toThrow(
      /--fault wrong-md5: found nothing of it that can happen to arp/,
    );
  });

  test("is asked for by names with commas between", () => {
    expect(listed(" bgp, arp,")).toEqual(["bgp", "arp"]);
    expect(listed(undefined)).toEqual([]);
  });
});

describe("the table of faults", () => {
  test("names each once, in words that a person can type, with a line on what it is", () => {
    for (const all of [FAULTS, CASES]) {
      expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
      for (const { name, what } of all) {
        expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
        expect(what).toMatch(/^\S.{10,110}$/);
      }
    }
  });

  test("has every fault that a case is made of", () => {
    for (const { parts } of CASES) for (const { fault } of parts) expect(FAULTS).toContain(fault);
  });

  test("hits switches with switches' faults, and machines with machines'", () => {
    for (const { name, parts } of CASES)
      for (const { fault, hits } of parts) expect(fault.of === "switch", name).toBe(hits === "switch");
  });

  test("tidies all that it prepares", () => {
    for (const { name, prepare, tidy } of FAULTS) expect(prepare === undefined, name).toBe(tidy === undefined);
  });
});

describe("whom a fault hits", () => {
  const standing: Standing = {
    controlPlane: ["cp-0", "cp-1", "cp-2"],
    balancers: [],
    announcers: ["cp-1"],
    leader: "cp-2",
  };
  const hit = (name: string, change: Partial<Standing> = {}) => victimsOf(caseNamed(name), { ...standing, ...change });

  test("is the VIP's holder, etcd's leader, or the member whose API server is asked", () => {
    expect(hit("power-off")).toEqual(["cp-1"]);
    expect(hit("leader-power-off")).toEqual(["cp-2"]);
    expect(hit("kill-apiserver")).toEqual(["cp-1"]);
  });

  test("is the balancer that holds the VIP, and for an API server a member", () => {
    const balancers = { balancers: ["lb-0", "lb-1"], announcers: ["lb-1"] };
    expect(hit("power-off", balancers)).toEqual(["lb-1"]);
    expect(hit("kill-apiserver", balancers)).toEqual(["cp-0"]);
    expect(hit("standby-power-off", balancers)).toEqual(["lb-0"]);
  });

  test("is the first member where nothing of ours announces", () => {
    expect(hit("power-off", { announcers: [] })).toEqual(["cp-0"]);
  });

  test("is another one for each of two at once", () => {
    expect(hit("apiserver-and-kubelet")).toEqual(["cp-1", "cp-0"]);
    expect(hit("etcd-and-apiserver")).toEqual(["cp-2", "cp-1"]);
    expect(hit("etcd-and-apiserver", { leader: "cp-1" })).toEqual(["cp-1", "cp-0"]);
    expect(hit("machine-and-switch", { announcers: ["cp-0", "cp-1", "cp-2"] })).toEqual(["cp-0", "switch-a"]);
  });

  test("has to be there", () => {
    expect(() => hit("leader-power-off", { leader: "" })).toThrow(/leader-power-off: found no leader to hit/);
  });
});
