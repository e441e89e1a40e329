import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { figure, rackplane, whole } from "../../../bench/rack";
import {
  announced,
  announcersBecome,
  answersSteadily,
  loadBalanced,
  REPLICAS,
  urlOf,
} from "../../../bench/scenarios/load-balanced";
import { apply } from "../../../bench/scenarios/pods";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { kubectl, onMachine } from "../../cli/operator";
import { readSecret } from "../../setup/secrets";
import { STATE_DIR } from "../../topology";
import { freshStack } from "../fresh-stack";
import { secretsInPlain } from "../secrets";

/** A cluster whose Nodes a cloud controller initialises, and tells kube-vip whom to announce Services to. */
const STACK = "rack-cloud";
const KIND = "kube-vip-bgp";
const [MEMBER, ...WORKERS] = ["cloud-cp-0", "cloud-general-0", "cloud-general-1"] as const;
const CONTROLLER = "cloud-provider-equinix-metal";
const START_UP = "node.cloudprovider.kubernetes.io/uninitialized";
const PREFIX = "metal.equinix.com/";

interface Node {
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly providerID?: string; readonly taints?: readonly { readonly key: string }[] };
  readonly status: { readonly addresses: readonly { readonly type: string; readonly address: string }[] };
}
const nodes = async (): Promise<readonly Node[]> =>
  (JSON.parse(await kubectl(["get", "nodes", "-o", "json"])) as { items: Node[] }).items;
/** What the controller wrote at a Node. */
const written = (node: Node | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries(node?.metadata.annotations ?? {}).filter(([key]) => key.startsWith(PREFIX)));
const writtenAt = async (name: string) => written((await nodes()).find(({ metadata }) => metadata.name === name));

interface Metal {
  readonly devices: readonly { readonly id: string; readonly hostname: string }[];
  readonly blocks: readonly { readonly network: string; readonly tags: readonly string[] }[];
}
/** The Metal API's memory. */
const metal = (): Metal => JSON.parse(fs.readFileSync(path.join(STATE_DIR, "metal.json"), "utf8")) as Metal;
const reserved = (): string[] =>
  metal()
    .blocks.filter(({ tags }) => tags.includes("usage=cloud-provider-equinix-metal-auto"))
    .map(({ network }) => network);

const up = async (edit?: (text: string) => string) => {
  const run = () => rackplane("up", "--stack", STACK);
  return edit === undefined ? run() : withStackFile(STACK, edit, run);
};

beforeAll(() => freshStack(STACK, whole(1, { workers: WORKERS.length, announcers: 1 })));
afterEach(async context => {
  if (context.task.result?.state !== "fail") return;
  for (const name of [CONTROLLER, "kube-vip-services"])
    process.stdout.write(
      `${await kubectl(["logs", "-n", "kube-system", "-l", `app.kubernetes.io/name=${name}`, "--tail=60", "--prefix"]).catch(String)}\n`,
    );
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

test("every Node is initialised: it has its device's id, addresses, plan and metro, and no start-up taint", async () => {
  const found = await nodes();
  const { devices } = metal();
  expect(found.map(({ metadata }) => metadata.name)).toEqual([MEMBER, ...WORKERS]);
  for (const { metadata, spec, status } of found) {
    const device = devices.find(({ hostname }) => hostname === metadata.name);
    expect(spec.providerID).toBe(`equinixmetal://${device?.id}`);
    expect(spec.taints?.map(({ key }) => key) ?? []).not.toContain(START_UP);
    expect(metadata.labels).toMatchObject({
      "node.kubernetes.io/instance-type": "c3.small.x86",
      "topology.kubernetes.io/region": "sv",
    });
    expect(status.addresses.map(({ type, address }) => `${type} ${address}`).sort()).toEqual([
      expect.stringMatching(/^ExternalIP 198\.51\.100\.\d+$/),
      `Hostname ${metadata.name}`,
      expect.stringMatching(/^InternalIP 10\.70\.0\.\d+$/),
    ]);
  }
  for (const machine of [MEMBER, ...WORKERS])
    expect(await onMachine(machine, ["cat", "/var/lib/kubelet/kubeadm-flags.env"])).toContain(
      "--cloud-provider=external",
    );
});

test("a Service gets an address that the controller reserves, and kube-vip its neighbours from the annotations", async () => {
  expect(reserved()).toEqual([]);
  expect(await writtenAt(WORKERS[0])).toEqual({});
  await apply(REPLICAS);
  await kubectl(["rollout", "status", "deployment/replicas", "--timeout=120s"]);
  const { addresses, seconds } = await announced(KIND, ["one"], [loadBalanced("one")]);
  const address = addresses.get("one") ?? "";
  figure("one Service has an address that is announced, seconds", seconds);
  expect(reserved()).toEqual([address]);
  const { machines } = await announcersBecome(KIND, address, found => found.length === WORKERS.length, 60);
  expect(machines).toEqual(WORKERS);
  for (const [key, value] of Object.entries({
    "node-asn": "65000",
    "peer-asn": "65530",
    "bgp-pass": Buffer.from(readSecret("md5-password")).toString("base64"),
  }))
    for (const i of [0, 1]) expect((await writtenAt(WORKERS[0]))[`${PREFIX}bgp-peers-${i}-${key}`], key).toBe(value);
  expect(await writtenAt(MEMBER)).toEqual({});
  await answersSteadily(address);
  expect(await probing(async () => undefined, 5, urlOf(address))).toMatchObject({ total: 100, failed: 0 });
});

test("another up changes nothing, and the API's token is nowhere in plain", async () => {
  const again = await up();
  expect(again.code, again.output.slice(-4000)).toBe(0);
  expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  expect(await secretsInPlain(STACK, MEMBER)).toEqual([]);
});

test("the doctor finds nothing", async () => {
  const { code, output } = await rackplane("doctor", "--stack", STACK);
  expect(output).toMatch(/ is healthy: \d+ machines, \d+ examinations, nothing found$/m);
  expect(code).toBe(0);
});

test("kube-vip reads the older form of the annotations, too, as a controller before 3.3.0 writes them", async () => {
  const address = reserved()[0] ?? "";
  for (const worker of WORKERS) {
    const now = await writtenAt(worker);
    const of = (key: string) => now[`${PREFIX}bgp-peers-0-${key}`] ?? "";
    const older = {
      ...Object.fromEntries(["node-asn", "peer-asn", "src-ip", "bgp-pass"].map(key => [key, of(key)])),
      "peer-ip": [0, 1].map(i => now[`${PREFIX}bgp-peers-${i}-peer-ip`]).join(","),
    };
    await kubectl([
      ...["annotate", "--overwrite", "node", worker],
      ...Object.keys(now).flatMap(key => (key.includes("bgp-peers-") ? [`${key}-`] : [])),
      ...Object.entries(older).map(([key, value]) => `${PREFIX}${key}=${value}`),
    ]);
  }
  await kubectl(["delete", "pods", "-n", "kube-system", "-l", "app.kubernetes.io/name=kube-vip-services"]);
  await kubectl(["rollout", "status", "-n", "kube-system", "daemonset/kube-vip-services", "--timeout=120s"]);
  await announcersBecome(KIND, address, found => found.length === WORKERS.length, 60);
  await answersSteadily(address);
});

test("a Service that is deleted is withdrawn, and its address given back", async () => {
  const address = reserved()[0] ?? "";
  await kubectl(["delete", "service", "one", "--timeout=60s"]);
  await announcersBecome(KIND, address, found => found.length === 0, 10);
  expect(reserved()).toEqual([]);
});

/** Without the provider the program makes the workers' sessions known itself, and reserves addresses. */
const without = (text: string): string =>
  text
    .replace(/ {2}rackplane:cloudProvider:\n( {4}.*\n)+/, "")
    .replace("peers: annotations", "reserve: { quantity: 4, metro: sv }");

test("taken out of the stack file it is gone, from the kubelets, too, and Services go on without it", async () => {
  const ids = (await nodes()).map(({ spec }) => spec.providerID);
  const ended = await up(without);
  expect(ended.code, ended.output.slice(-4000)).toBe(0);
  const left = (await kubectl(["get", "daemonsets,serviceaccounts,secrets,roles,clusterroles", "-A", "-o", "name"]))
    .split("\n")
    .filter(one => one.includes(CONTROLLER));
  expect(left).toEqual([]);
  for (const machine of [MEMBER, ...WORKERS])
    expect(await onMachine(machine, ["cat", "/proc/$(pidof kubelet)/cmdline"])).not.toContain("cloud-provider");
  const found = await nodes();
  expect(found.map(({ spec }) => spec.providerID)).toEqual(ids);
  expect(found.flatMap(({ spec }) => spec.taints?.map(({ key }) => key) ?? [])).not.toContain(START_UP);
  const { addresses } = await announced(KIND, ["two"], [loadBalanced("two")]);
  await announcersBecome(KIND, addresses.get("two") ?? "", machines => machines.length === WORKERS.length, 60);
});

test("put back into a cluster that runs without it, it is refused before anything changes", async () => {
  const before = await nodes();
  const refused = await up();
  expect(refused.code).not.toBe(0);
  expect(refused.output).toContain(
    "cloudProvider: found one, expected none, as when the machine joined; a cluster is made with it",
  );
  expect((await nodes()).map(({ metadata }) => metadata.labels)).toEqual(before.map(({ metadata }) => metadata.labels));
  expect(await onMachine(MEMBER, ["cat", "/var/lib/kubelet/kubeadm-flags.env"])).not.toContain("cloud-provider");
});
