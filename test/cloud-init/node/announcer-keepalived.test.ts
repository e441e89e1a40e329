import { expect } from "vitest";

import type { Announcer, NodeSpec } from "../../../cloud-init/contract/node";
import { AnnouncingMachine, holding, testOf, until } from "./announcer-machine";

const vrrp = { balancer: "haproxy", prefix: 24, virtualRouterId: 51, advertSeconds: 1, probeSeconds: 0.1 } as const;
const keepalived: Partial<NodeSpec> = {
  machine: { kind: "ssh" },
  endpoint: { address: "10.70.17.100", port: 6443, apiServerPort: 6444 },
  announcer: { kind: "keepalived", ...vrrp } as Announcer,
};
const pair = [8, 9].map(host => ({ name: `demo-lb-${host}`, address: `10.70.17.${host}` }));
const roster = (...hosts: number[]) =>
  JSON.stringify(hosts.map(host => ({ name: `demo-cp-${host}`, address: `10.70.17.${host}` })));

const test = testOf((changes: Partial<NodeSpec> = keepalived) => {
  const machine = new AnnouncingMachine(changes);
  machine.unset("var/lib/rackplane/machine.json");
  machine.set("etc/rackplane/identity.json", JSON.stringify({ name: "demo-cp-9", address: "10.70.17.9" }));
  machine.set("etc/rackplane/roster.json", roster(9, 11, 13));
  machine.set("var/lib/rackplane/secrets.json", JSON.stringify({ vrrpPassword: "Secret12" }));
  // The holder's advertisements reach it.
  machine.set("advertised", "10.70.17.11\n");
  return machine;
});

const fit = (machine: AnnouncingMachine) =>
  machine.exists("run/rackplane/fit") ? machine.read("run/rackplane/fit").trim() : "";
const holds = (machine: AnnouncingMachine, state: "0" | "1") => until(() => fit(machine) === state, `fit: ${state}`);
const told = (machine: AnnouncingMachine, verb: string) =>
  machine.calls(`systemctl ${verb}`).map(call => /rackplane-(\w+)/.exec(call)?.[1]);

test("balancer and keepalived run before anything answers, and the machine is not fit", async machine => {
  machine.start();
  await until(() => told(machine, "start").length === 2, "the services");

  expect(told(machine, "start")).toEqual(["haproxy", "keepalived"]);
  expect(fit(machine)).toBe("1");
  expect(machine.read("etc/rackplane/haproxy.cfg")).toContain("server demo-cp-11 10.70.17.11:6444");
});

test("it is fit once its own balancer leads to an API server that is ready", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");

  await until(
    () => machine.exists("run/rackplane/announcing") && machine.read("run/rackplane/announcing").startsWith("yes "),
    "the state",
  );
  expect(machine.calls("curl").at(-1)).toMatch(
    /--cacert \S+ca\.crt --connect-to 10\.70\.17\.100:6443:127\.0\.0\.1:6443 -o \/dev\/null https:\/\/10\.70\.17\.100:6443\/readyz$/,
  );
});

test("a balancer that refuses is found at once", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  const before = machine.calls("curl").length;
  machine.unset("balancer");
  await holds(machine, "1");
  // The probe that was refused, and perhaps one that was under way.
  expect(machine.calls("curl").length - before).toBeLessThanOrEqual(2);
});

test("two bad answers move nothing, the third does", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  // Bad and good in turn: never three in a row.
  for (let i = 0; i < 3; i++) {
    machine.set("balancer", "28");
    await machine.probes(1);
    machine.set("balancer", "0");
    await machine.probes(2);
  }
  expect(machine.read("var/lib/rackplane/status")).not.toContain("does not hold");
  machine.set("balancer", "28");
  await holds(machine, "1");
});

test("a changed roster is reloaded, never restarted, and a restart of the announcer tells nobody anything", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  await machine.restart();
  await machine.probes(8);
  expect(told(machine, "reload")).toEqual([]);
  expect(fit(machine)).toBe("0");

  machine.set("etc/rackplane/roster.json", roster(9, 11, 13, 15, 17));
  await until(() => told(machine, "reload").length === 2, "the reloads");
  expect(told(machine, "reload")).toEqual(["haproxy", "keepalived"]);
  expect(machine.read("etc/rackplane/keepalived.conf")).toContain("10.70.17.17");
  expect(machine.calls("systemctl restart")).toEqual([]);
});

test("a machine that has left the roster hears the others and is heard until it has left the cluster: it may be fit still, and no balancer leads to it", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  machine.set("etc/rackplane/roster.json", roster(9, 11));
  await until(() => !machine.read("etc/rackplane/haproxy.cfg").includes("10.70.17.13"), "the balancer to follow");
  await until(() => told(machine, "reload").length > 0, "the reload");
  expect(machine.read("etc/rackplane/keepalived.conf")).toContain("10.70.17.13");
  expect(machine.read("etc/rackplane/keepalived.conf").match(/10\.70\.17\.11$/gm)).toHaveLength(1);
});

/** What /readyz of the API servers at .9, .11 and .13 says from now on. */
const ready = (machine: AnnouncingMachine, ...statuses: string[]) =>
  machine.set(
    "servers",
    statuses
      .map((status, i) => `https://10.70.17.${9 + 2 * i}:6444/readyz ${status} ${status === "000" ? 7 : 0}\n`)
      .join(""),
  );
const leftOut = (machine: AnnouncingMachine) =>
  (machine.exists("etc/rackplane/nginx.conf")
    ? machine.read("etc/rackplane/nginx.conf").match(/\d+\.\d+\.\d+\.\d+(?=:6444 down)/g)
    : null) ?? [];
const withNginx = { ...keepalived, announcer: { kind: "keepalived", ...vrrp, balancer: "nginx" } as Announcer };

test(
  "nginx is told to leave out who refuses three times, and takes him back once he is ready, not when he accepts",
  async machine => {
    machine.set("balancer", "0");
    ready(machine, "200", "200", "200");
    machine.start();
    await holds(machine, "0");
    expect(leftOut(machine)).toEqual([]);

    ready(machine, "200", "000", "200");
    await until(() => leftOut(machine).length > 0, "the one to be left out");
    expect(leftOut(machine)).toEqual(["10.70.17.11"]);
    ready(machine, "200", "500", "200");
    await machine.probes(6);
    expect(leftOut(machine)).toEqual(["10.70.17.11"]);
    ready(machine, "200", "200", "200");
    await until(() => leftOut(machine).length === 0, "the one to be back");
    await until(() => told(machine, "reload").length === 2, "the second reload");
    expect(told(machine, "reload")).toEqual(["nginx", "nginx"]);
  },
  withNginx,
);

test(
  "a restart of the announcer lets nobody in who was left out",
  async machine => {
    machine.set("balancer", "0");
    ready(machine, "200", "000", "200");
    machine.start();
    await until(() => leftOut(machine).length > 0, "the one to be left out");
    ready(machine, "200", "500", "200");
    await machine.restart();
    await machine.probes(6);
    expect(leftOut(machine)).toEqual(["10.70.17.11"]);
    expect(told(machine, "reload")).toEqual(["nginx"]);
  },
  withNginx,
);

test(
  "one bad answer after a refusal is enough: whoever refused and accepts now is starting",
  async machine => {
    machine.set("balancer", "0");
    ready(machine, "200", "200", "200");
    machine.start();
    await holds(machine, "0");
    const asked = () => machine.calls("curl").filter(call => call.includes("--parallel")).length;
    ready(machine, "200", "000", "200");
    const begun = asked();
    await until(() => asked() > begun, "a refusal");
    ready(machine, "200", "500", "200");
    await until(() => leftOut(machine).length > 0, "the one to be left out");
  },
  withNginx,
);

test(
  "nginx leaves nobody out when nobody is ready, or for one bad answer",
  async machine => {
    machine.set("balancer", "0");
    ready(machine, "200", "500", "200");
    machine.start();
    await holds(machine, "0");
    ready(machine, "500", "500", "500");
    await machine.probes(12);
    expect(leftOut(machine)).toEqual([]);
  },
  withNginx,
);

test("a service that ended is started again", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  machine.unset("active/rackplane-keepalived.service");
  await until(() => told(machine, "start").filter(name => name === "keepalived").length === 2, "the start");
});

test("a service that does not start is said and tried again", async machine => {
  machine.set("broken");
  machine.start();
  await until(
    () =>
      machine.exists("var/lib/rackplane/status") &&
      machine.read("var/lib/rackplane/status").includes("keepalived did not start"),
    "the message",
  );
  machine.unset("broken");
  await until(() => machine.exists("active/rackplane-keepalived.service"), "the start");
});

test("an address that a killed keepalived left is removed", async machine => {
  machine.set("broken");
  machine.set("vip");
  machine.start();
  await until(() => !machine.exists("vip"), "the removal");
  expect(machine.calls("ip addr del")[0]).toBe("ip addr del 10.70.17.100/24 dev bond0");
});

test("a verb that holds the VIP back has it given away, and a copy of the address stays until another machine has told the network", async machine => {
  machine.set("balancer", "0");
  machine.set("successor", "demo-cp-11");
  machine.start();
  await holds(machine, "0");
  machine.set("vip");
  const verb = holding(machine);
  try {
    await holds(machine, "1");
    await until(() => machine.calls("ip addr del").length > 0, "the copy to be taken away");
    const calls = machine.calls("");
    const [copied, word, dropped] = [
      "ip addr add 10.70.17.100/32 dev bond0 noprefixroute",
      "word",
      "ip addr del 10.70.17.100/32 dev bond0",
    ].map(call => calls.indexOf(call));
    expect(copied).toBeGreaterThan(0);
    expect(word).toBeGreaterThan(copied ?? 0);
    expect(dropped).toBeGreaterThan(word ?? 0);
    await until(() => !machine.exists("vip"), "the address to be gone");
    expect(machine.read("run/rackplane/announcing")).toMatch(/^no /);
  } finally {
    verb.end();
  }
  // And is fit again once the verb is over.
  await holds(machine, "0");
});

test("a machine without the VIP that is held back is unfit at once and copies nothing", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  const verb = holding(machine);
  await holds(machine, "1");
  verb.end();
  const listened = machine.calls("perl").filter(call => call.includes("heard.pl"));
  expect([machine.calls("ip addr"), listened]).toEqual([[], []]);
});

test("a machine that shuts down is led to by no other balancer, then gives the VIP away; one that is called off is led to again", async machine => {
  machine.set("balancer", "0");
  machine.set("successor", "demo-cp-11");
  machine.start();
  await holds(machine, "0");
  machine.set("vip");
  await machine.shutDown();
  const refused = machine
    .read("rules")
    .split("\n")
    .flatMap(rule => /-s (\S+) .*--dport 6444 .*REJECT/.exec(rule)?.[1] ?? []);
  expect(refused).toEqual(["10.70.17.11/32", "10.70.17.13/32"]);
  expect([fit(machine), machine.exists("vip")]).toEqual(["1", false]);
  const calls = machine.calls("");
  const at = (call: string) => calls.findIndex(other => other.startsWith(call));
  expect(at("ip addr add 10.70.17.100/32")).toBeGreaterThan(at("iptables -w 10 -t filter -I"));
  expect(at("word")).toBeLessThan(at("ip addr del 10.70.17.100/32"));

  machine.unset("shutting-down");
  machine.start();
  await holds(machine, "0");
  expect(machine.read("rules")).toBe("");
});

test("a copy that an announcer left which was killed meanwhile is taken away", async machine => {
  machine.set("balancer", "0");
  machine.set("run/rackplane/address-copy");
  machine.set("vip");
  machine.start();
  await until(() => !machine.exists("run/rackplane/address-copy"), "the removal");
  expect(machine.calls("ip addr del")[0]).toBe("ip addr del 10.70.17.100/32 dev bond0");
});

test("VRRP's password is in keepalived's file, for root alone, and in no message or argument", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  expect(machine.read("etc/rackplane/keepalived.conf")).toContain('auth_pass "Secret12"');
  expect(machine.mode("etc/rackplane/keepalived.conf")).toBe("600");
  expect(machine.read("var/lib/rackplane/status") + machine.read("calls")).not.toContain("Secret12");
});

test("an API server that lives and is not ready takes the VIP from no machine while none is ready", async machine => {
  machine.set("balancer", "0");
  machine.start();
  await holds(machine, "0");
  machine.set("balancer-lives");
  machine.set("balancer", "22");
  machine.set("serving", "500 https://10.70.17.11:6443/readyz\n000 https://10.70.17.13:6443/readyz\n");
  await until(() => machine.calls("curl").some(call => call.includes("--parallel")), "the others to be asked");
  await machine.probes(6);
  expect(fit(machine)).toBe("0");

  machine.set("serving", "200 https://10.70.17.13:6443/readyz\n");
  await holds(machine, "1");
  await until(
    () => machine.read("var/lib/rackplane/status").includes("is not ready, and 10.70.17.13 is"),
    "the message",
  );
});

test(
  "a balancer of a pair is the other's peer, leads to the roster's own port, and needs no CA",
  async machine => {
    machine.unset("etc/kubernetes/pki/ca.crt");
    machine.set("balancer", "0");
    machine.start();
    await holds(machine, "0");
    expect(machine.read("etc/rackplane/keepalived.conf")).toMatch(/unicast_peer \{\n {4}10\.70\.17\.8\n {2}\}/);
    expect(machine.read("etc/rackplane/haproxy.cfg")).toContain("server demo-cp-13 10.70.17.13:6443");
    expect(machine.calls("curl").at(-1)).toContain(" -k ");
  },
  {
    role: "balancer",
    machine: { kind: "ssh" },
    endpoint: { address: "10.70.17.100", port: 6443 },
    announcer: { kind: "balancers", ...vrrp, machines: pair } as Announcer,
  },
);

test("a newcomer is not fit before the holder's advertisements reach it, whoever answers", async machine => {
  machine.unset("advertised");
  machine.set("balancer", "0");
  machine.start();
  await until(() => machine.calls("perl").length >= 3, "three looks for the holder");
  expect(fit(machine)).toBe("1");
  expect(machine.calls("perl")[0]).toMatch(/advertised\.pl 10\.70\.17\.9 51 4\.2 10\.70\.17\.11 10\.70\.17\.13$/);
  // A restart, of its announcer or of the machine, makes it no acquaintance.
  await machine.restart();
  await until(() => machine.calls("perl").length >= 6, "three more");
  expect([fit(machine), machine.exists("var/lib/rackplane/newcomer")]).toEqual(["1", true]);

  machine.set("advertised", "10.70.17.13\n");
  await holds(machine, "0");
  expect(machine.exists("var/lib/rackplane/newcomer")).toBe(false);
});

test("a machine that has had keepalived for long waits for no holder", async machine => {
  machine.unset("advertised");
  machine.set("balancer", "0");
  machine.set("etc/rackplane/keepalived.conf", "earlier\n");
  machine.start();
  await holds(machine, "0");
  expect(machine.calls("perl")).toEqual([]);
});

test("the machine that forms the cluster is known to itself", async machine => {
  machine.unset("advertised");
  machine.set("balancer", "0");
  machine.start();
  await until(() => machine.calls("perl").length >= 2, "two looks for the holder");
  machine.set("var/lib/rackplane/formed.json", "{}");
  await holds(machine, "0");
});

const third = { ...vrrp, vrrpVersion: 3, advertSeconds: 0.25 } as const;

test(
  "with version 3 keepalived starts behind its filter, which knows a new machine before keepalived does",
  async machine => {
    machine.set("no-filter");
    machine.set("balancer", "0");
    machine.start();
    const status = "var/lib/rackplane/status";
    await until(() => machine.exists(status), "a word of it");
    await until(
      () => machine.read(status).includes("nftables does not take the filter of VRRP"),
      "the filter to be tried",
    );
    expect(told(machine, "start")).toEqual(["haproxy"]);

    machine.unset("no-filter");
    await holds(machine, "0");
    await until(() => told(machine, "start").length === 2, "keepalived");
    expect(machine.read("filter")).toContain("ip saddr { 10.70.17.11, 10.70.17.13 } accept");
    expect(machine.read("etc/rackplane/keepalived.conf")).toMatch(/version 3\n/);
    expect(machine.read("etc/rackplane/keepalived.conf")).not.toContain("auth");

    machine.set("etc/rackplane/roster.json", roster(9, 11, 15));
    await until(() => told(machine, "reload").includes("keepalived"), "the reload");
    const calls = machine.calls("");
    expect(calls.lastIndexOf("nft -f -")).toBeLessThan(calls.indexOf("systemctl reload rackplane-keepalived.service"));
    // Who has left may hold the VIP until it is switched off.
    expect(machine.read("filter")).toContain("ip saddr { 10.70.17.11, 10.70.17.13, 10.70.17.15 } accept");

    // A person's "flush ruleset".
    machine.unset("filter");
    await until(() => machine.exists("filter"), "the filter to be back");
  },
  { ...keepalived, announcer: { kind: "keepalived", ...third } as Announcer },
);

const balancerNode = {
  role: "balancer",
  machine: { kind: "ssh" },
  endpoint: { address: "10.70.17.100", port: 6443 },
  announcer: { kind: "balancers", ...third, machines: pair } as Announcer,
} as const;

test(
  "one of a pair stands aside while the other has the VIP and does not know it, and not when neither has it",
  async machine => {
    machine.unset("advertised");
    machine.set("holders", "02:00:00:00:00:08\n");
    machine.set("balancer", "0");
    machine.start();
    await until(() => machine.calls("perl").some(call => call.includes("who-has.pl")), "the question by ARP");
    expect(fit(machine)).toBe("1");
    machine.set("holders");
    await holds(machine, "0");
  },
  balancerNode,
);

test(
  "a machine that has no part in the endpoint says so",
  async machine => {
    machine.start();
    await until(
      () =>
        machine.exists("var/lib/rackplane/status") &&
        machine.read("var/lib/rackplane/status").includes("announces nothing"),
      "the message",
    );
  },
  { machine: { kind: "ssh" }, announcer: { kind: "external" } },
);
