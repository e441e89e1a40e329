import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { fail, figure, heal, rackplane, until, whole } from "../../../bench/rack";
import {
  announced,
  announcersBecome,
  answersSteadily,
  loadBalanced,
  REPLICAS,
  urlOf,
  watchSessions,
} from "../../../bench/scenarios/load-balanced";
import { apply } from "../../../bench/scenarios/pods";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { kubectl } from "../../cli/operator";
import { readStackFile } from "../../cli/stack-file";
import { readSecret } from "../../setup/secrets";
import { freshStack } from "../fresh-stack";

/** Services of type LoadBalancer, announced in both ways, asked from outside 20 times a second. */
interface Way {
  readonly name: "bgp" | "arp";
  readonly kind: string;
  /** Machines that announce one address when all is well. */
  readonly announcers: number;
  /** Addresses that a Service may name itself: one of the range, and one behind all that are given out here. */
  readonly fixed: string;
}
const WAYS: readonly Way[] = [
  { name: "bgp", kind: "kube-vip-bgp", announcers: 2, fixed: "203.0.113.253" },
  { name: "arp", kind: "kube-vip-arp", announcers: 1, fixed: "10.71.0.228" },
];
const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `many-${i}`);

/** Seconds within which a Service moves away from a worker that lost power: the hold time, or the lease and a try. */
const MOVES = 5;
/** Seconds within which a deleted Service is withdrawn. */
const WITHDRAWN = 2;

describe.each(WAYS)("$name", ({ name, kind, announcers, fixed }) => {
  const stack = `rack-services-${name}`;
  const { hosts } = readStackFile(stack);
  const of = (role: string) => hosts.filter(host => host.role === role).map(host => host.name);
  const [members, workers] = [of("control-plane"), of("worker")];
  const well = whole(members.length, { workers: workers.length, announcers: name === "bgp" ? members.length : 1 });
  let watch: ReturnType<typeof watchSessions> | undefined;
  let address = "";

  beforeAll(async () => {
    await freshStack(stack, well);
    if (name === "bgp") watch = watchSessions(members);
  });
  afterAll(() => watch?.stop());
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      process.stdout.write(
        `${await kubectl(["logs", "-n", "kube-system", "-l", "app.kubernetes.io/name=kube-vip-services", "--tail=60", "--prefix"]).catch(String)}\n`,
      );
  });

  test("two replicas behind a Service answer a client outside", async () => {
    await apply(REPLICAS);
    await kubectl(["rollout", "status", "deployment/replicas", "--timeout=120s"]);
    const { addresses, seconds } = await announced(kind, ["one"], [loadBalanced("one")]);
    address = addresses.get("one") ?? "";
    figure(`${name}: one Service has an address that is announced, seconds`, seconds);
    const { machines } = await announcersBecome(kind, address, found => found.length === announcers, 30);
    for (const machine of machines) expect(workers).toContain(machine);
    await answersSteadily(address);
    const outcome = await probing(async () => undefined, 8, urlOf(address));
    expect([outcome.total, outcome.failed], JSON.stringify(outcome.reasons)).toEqual([160, 0]);
  });

  test("another up changes nothing", async () => {
    const again = await rackplane("up", "--stack", stack);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  });

  test("twenty Services made at once have twenty addresses, all of them announced", async () => {
    const all = names(20);
    const { addresses, seconds } = await announced(
      kind,
      all,
      all.map(one => loadBalanced(one)),
    );
    figure(`${name}: twenty Services are announced, seconds`, seconds);
    expect(new Set([...addresses.values(), address]).size).toBe(21);
  });

  test("a Service that is deleted is withdrawn at once, and the others are not", async () => {
    const { addresses } = await announced(kind, names(2), []);
    const [gone = "", other = ""] = names(2).map(one => addresses.get(one) ?? "");
    await kubectl(["delete", "service", "many-0", "--wait=false"]);
    const { seconds } = await announcersBecome(kind, gone, found => found.length === 0, 10);
    figure(`${name}: a deleted Service is withdrawn, seconds`, seconds);
    expect(seconds).toBeLessThanOrEqual(WITHDRAWN);
    await announcersBecome(kind, other, found => found.length === announcers, 10);
    await kubectl(["delete", "service", ...names(20).slice(1)]);
  });

  // In the annotation alone: kube-vip 1.2.2 at times announces no longer what the cloud provider copies there from
  // spec.loadBalancerIP, because it is changed at the moment at which it is announced first.
  test("a Service may name its address in its annotation", async () => {
    const { addresses } = await announced(
      kind,
      ["annotated"],
      [loadBalanced("annotated", { annotations: { "kube-vip.io/loadbalancerIPs": fixed } })],
    );
    expect(addresses.get("annotated")).toBe(fixed);
    await kubectl(["delete", "service", "annotated"]);
  });

  test(
    "a worker that loses power is left by the Service within seconds, and comes back into it",
    { retry: 1 },
    async () => {
      const { machines } = await announcersBecome(kind, address, found => found.length === announcers, 120);
      const [victim = ""] = machines;
      const outcome = await probing(() => fail("power-off", victim), 20, urlOf(address));
      figure(`${name}: ${victim} loses power`, JSON.stringify(outcome));
      expect((await announcersBecome(kind, address, found => found.length > 0, 0)).machines).not.toContain(victim);
      await heal("power-off", victim);
      await until("the cluster to be whole again", 180, well);
      await announcersBecome(kind, address, found => found.length === announcers, 60);
      expect(outcome.outageSeconds).toBeLessThanOrEqual(MOVES);
    },
  );

  test.runIf(name === "bgp")("the neighbours may be those of the Nodes' annotations", async () => {
    const edit = (text: string) => text.replace(/(rackplane:services:\n)/, "$1    peers: annotations\n");
    const annotate = async (worker: string): Promise<void> => {
      const pairs = {
        "bgp-peers-0-node-asn": "65000",
        "bgp-peers-0-peer-asn": "65530",
        "bgp-peers-0-peer-ip": "169.254.255.1,169.254.255.2",
        "bgp-peers-0-peer-multi-hop": "true",
        "bgp-peers-0-src-ip": hosts.find(host => host.name === worker)?.address ?? "",
        "bgp-peers-0-bgp-pass": Buffer.from(readSecret("md5-password")).toString("base64"),
      };
      const words = Object.entries(pairs).map(([key, value]) => `metal.equinix.com/${key}=${value}`);
      await kubectl(["annotate", "--overwrite", "node", worker, ...words]);
    };
    await Promise.all(workers.map(annotate));
    const up = await withStackFile(stack, edit, () => rackplane("up", "--stack", stack));
    expect(up.code, up.output.slice(-4000)).toBe(0);
    await announcersBecome(kind, address, found => found.length === announcers, 60);
    const outcome = await probing(async () => undefined, 6, urlOf(address));
    expect(outcome.failed).toBe(0);
    const env = await kubectl(["get", "-n", "kube-system", "daemonset", "kube-vip-services", "-o", "json"]);
    expect(env).toContain('"annotation"');
    expect(env).not.toContain("bgp_as");
  });

  test("taken out of the stack file it is gone from the cluster, and nothing else is touched", async () => {
    const inCluster = async () =>
      (await kubectl(["get", "daemonsets,deployments,configmaps,serviceaccounts,secrets", "-A", "-o", "name"]))
        .split("\n")
        .filter(one => /kube-vip-services|kube-vip-cloud-provider|configmap\/kubevip/.test(one));
    const others = async () =>
      kubectl([
        ...["get", "pods", "-A", "-o"],
        'jsonpath={range .items[*]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[0].restartCount}{"\\n"}{end}',
      ]).then(text => text.split("\n").filter(line => !/^kube-vip-(services-[a-z0-9]{5}|cloud-provider-) /.test(line)));
    await kubectl(["delete", "service", "one"]);
    expect(await inCluster()).not.toEqual([]);
    const before = (await others()).filter(line => !line.startsWith("kube-vip-cloud-provider"));
    const edit = (text: string) => text.replace(/ {2}rackplane:services:\n( {4}.*\n)+/, "");
    const up = await withStackFile(stack, edit, () => rackplane("up", "--stack", stack));
    expect(up.code, up.output.slice(-4000)).toBe(0);
    expect(up.output).toMatch(/^ +- +\d+ deleted/m);
    // The component itself is a record of the configuration, and runs nothing.
    const touched = up.output.match(/^ *[~+][~+-]? +[\w.-]+:[\w:/.-]+ .*/gm) ?? [];
    expect(touched.filter(line => !line.includes(" rackplane:index:Cluster "))).toEqual([]);
    expect(await inCluster()).toEqual([]);
    expect(await others()).toEqual(before);
  });

  test.runIf(name === "bgp")("the control plane's own sessions stood through all of it", async () => {
    expect(await watch?.stop()).toEqual([]);
  });

  test.runIf(name === "arp")("a cluster that is dead, all its machines off, is destroyed within a minute", async () => {
    const again = await rackplane("up", "--stack", stack);
    expect(again.code, again.output.slice(-4000)).toBe(0);
    await Promise.all(hosts.map(host => fail("power-off", host.name)));
    const destroy = await rackplane("pulumi", "destroy", "--yes", "--skip-preview");
    expect(destroy.code, destroy.output.slice(-4000)).toBe(0);
    figure("a dead cluster is destroyed, seconds", destroy.seconds);
    expect(destroy.seconds).toBeLessThanOrEqual(60);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
