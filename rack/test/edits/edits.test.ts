import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { fail, figure, journal, rackplane, statusNow, until } from "../../../bench/rack";
import { editing, editingPassword, editTable, type Edit, type EditRow } from "../../../bench/scenarios/edits";
import { onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";
import { kindCases, well } from "../../../bench/scenarios/kinds";

/**
 * Edits of a running cluster, good and bad, while the endpoint is asked 20 times a second from outside: a good one
 * reaches every machine and nobody notices; a bad one fails on its first machine, or is refused, and nobody notices.
 */
const EDITS: Readonly<Record<string, readonly Edit[]>> = {
  bgp: [
    { name: "a timer", replace: [/(kind: kube-vip-bgp)/, "$1\n    holdSeconds: 6"], ends: "well" },
    {
      name: "a bad image",
      replace: [/(kind: kube-vip-bgp)/, "$1\n    image: ghcr.io/kube-vip/kube-vip:v0.9.3"],
      ends: /endpoint\.image: bgp-cp-0 cannot pull ghcr\.io\/kube-vip\/kube-vip:v0\.9\.3/,
    },
    {
      name: "another image",
      replace: [/(kind: kube-vip-bgp)/, "$1\n    image: ghcr.io/kube-vip/kube-vip:v0.9.1"],
      ends: "well",
    },
    {
      name: "a bad peer",
      replace: [/( *)(rackplane:machines:)/, "$1rackplane:deadlines: { member: 60 }\n$1$2"],
      and: [/as: 65530/g, "as: 65531"],
      ends: /no BGP session with 169\.254\.255\.1 169\.254\.255\.2/,
    },
    {
      name: "another version",
      replace: [/kubernetesVersion: 1\.34\.3/, "kubernetesVersion: 1.36.2"],
      ends: /kubernetesVersion: found 1\.36\.2, expected one minor at a time from 1\.34\.3 on: 1\.35\.x -> 1\.36\.2/,
    },
  ],
  arp: [
    { name: "a timer", replace: [/(kind: kube-vip-arp)/, "$1\n    leaseSeconds: 6"], ends: "well" },
    {
      name: "a bad image",
      replace: [/(kind: kube-vip-arp)/, "$1\n    image: ghcr.io/kube-vip/kube-vip:v0.9.3"],
      ends: /endpoint\.image: arp-cp-\d cannot pull ghcr\.io\/kube-vip\/kube-vip:v0\.9\.3/,
    },
    {
      name: "another image",
      replace: [/(kind: kube-vip-arp)/, "$1\n    image: ghcr.io/kube-vip/kube-vip:v0.9.1"],
      ends: "well",
    },
  ],
  haproxy: refusedByVrrp(51),
  balancers: refusedByVrrp(53),
};

/** Machines with the old setting and machines with the new one would not hear each other, or not listen at the port. */
function refusedByVrrp(virtualRouterId: number): Edit[] {
  const id = `virtualRouterId: ${virtualRouterId}`;
  return [
    {
      name: "another virtual router",
      replace: [new RegExp(id), "virtualRouterId: 99"],
      ends: /endpoint\.virtualRouterId: found 99, expected/,
    },
    {
      name: "a timer",
      replace: [new RegExp(id), `${id}\n    advertSeconds: 2`],
      ends: /endpoint\.advertSeconds: found 2, expected 0\.25/,
    },
    {
      name: "another version of VRRP",
      replace: [new RegExp(id), `${id}\n    vrrpVersion: 2`],
      ends: /endpoint\.vrrpVersion: found 2, expected 3/,
    },
    {
      name: "another program",
      replace: [/balancer: haproxy/, "balancer: nginx"],
      ends: /endpoint\.balancer: found nginx, expected haproxy/,
    },
  ];
}

/** How every edit went, for the table at the end. */
const rows: EditRow[] = [];

/** Seconds of an outage that an edit may cost. */
const LONGEST = 0.5;

describe.each(kindCases("all").filter(({ name }) => EDITS[name] !== undefined))("$name", kind => {
  beforeAll(() => freshStack(kind.stack, well(kind)));
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      process.stdout.write(`${kind.controlPlane[0]}:\n${await journal(kind.controlPlane[0] ?? "")}\n`);
  });

  // It watches time: what needs a second try is told apart at the end of the run.
  test.each(EDITS[kind.name] ?? [])(
    "$name does not take the endpoint away, and ends as it should",
    { retry: 1 },
    async edit => {
      const { up, outcome } = await editing(kind, edit);
      rows.push({ kind: kind.name, edit: edit.name, up, outcome });
      // The committed file again: what a bad edit left on its first machine goes the way it came. Before anything is
      // expected, so that a second try begins where the first one did.
      const back = await rackplane("up", "--stack", kind.stack);
      expect(back.code, back.output.slice(-4000)).toBe(0);
      await until("the cluster to be whole after the edit", 120, well(kind));
      if (edit.ends === "well") {
        expect(up.code, up.output.slice(-4000)).toBe(0);
      } else {
        expect(up.code).not.toBe(0);
        expect(up.output).toMatch(edit.ends);
      }
      expect(outcome.outageSeconds, JSON.stringify(outcome)).toBeLessThanOrEqual(LONGEST);
    },
  );

  test.runIf(kind.name === "bgp")(
    "another password, given to the switches for one machine after the other, does not take the endpoint away",
    async () => {
      const { up, outcome } = await editingPassword(kind);
      rows.push({ kind: kind.name, edit: "another password", up, outcome });
      expect(up.code, up.output.slice(-4000)).toBe(0);
      expect(outcome.outageSeconds, JSON.stringify(outcome.reasons)).toBeLessThanOrEqual(LONGEST);
      await until("the cluster to be whole after the edit", 120, well(kind));
    },
  );

  test.runIf(kind.name === "bgp")(
    "a first machine that boots without etcd's data begins no second cluster behind the VIP",
    async () => {
      const first = kind.controlPlane[0] ?? "";
      await onMachine(first, ["mv", "/var/lib/etcd/member", "/var/lib/etcd-aside"]);
      const outcome = await probing(() => fail("reboot", first), 75);
      figure("bgp, a boot without etcd's data", JSON.stringify(outcome));
      const { etcd, endpoint } = await statusNow();
      expect([etcd.members, etcd.healthy]).toEqual([3, 2]);
      expect(endpoint?.announcers).not.toContain(first);
      expect(
        await onMachine(first, ["grep", "-c", "initial-cluster-state=existing", "/etc/kubernetes/manifests/etcd.yaml"]),
      ).toBe("1");
      expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
      await onMachine(first, ["rm -rf /var/lib/etcd/member && mv /var/lib/etcd-aside /var/lib/etcd/member"]);
      await fail("reboot", first);
      await until("the machine to be a member again, with its data", 180, well(kind));
    },
  );
});

afterAll(async () => {
  process.stdout.write(`\n${editTable(rows)}\n\n`);
  expect((await rackplane("down")).code).toBe(0);
});
