import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addressOf, fail, journal, rackplane, until, whole } from "../../../bench/rack";
import {
  applying,
  kubeletOf,
  kubeProxyOn,
  namesShown,
  secretInEtcd,
  withSettings,
  type SettingsEdit,
} from "../../../bench/scenarios/settings";
import { argumentsOn } from "../../../bench/scenarios/arguments";
import { kubectl, onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";
import { expectUnnoticed, expectUnnoticedUp, tellWatched } from "../unnoticed";

const STACK = "rack-settings";
const MEMBERS = ["settings-cp-0", "settings-cp-1", "settings-cp-2"];
const WORKER = "settings-general-0";
const [FIRST = "", , LAST = ""] = MEMBERS;
const well = whole(3, { workers: 1 });

const ARGUMENTS = [
  'rackplane:apiServer: { extraArgs: { event-ttl: "2h" }, auditPolicy: metadata, admission: { plugins: [{ name: PodSecurity, configuration: { apiVersion: pod-security.admission.config.k8s.io/v1, kind: PodSecurityConfiguration, defaults: { warn: baseline } } }] } }',
  'rackplane:controllerManager: { extraArgs: { node-monitor-grace-period: "35s" } }',
  'rackplane:scheduler: { extraArgs: { kube-api-qps: "80" }, extraVolumes: [{ name: extra, hostPath: /etc/scheduler, pathType: DirectoryOrCreate }] }',
  'rackplane:etcd: { extraArgs: { snapshot-count: "5000" } }',
  "rackplane:featureGates: { InPlacePodVerticalScaling: true }",
  "rackplane:apiServerNames: [api.settings.example]",
];
const NODES: SettingsEdit = {
  lines: ["rackplane:kubelet: { maxPods: 90 }", "rackplane:controlPlane: { schedulable: true }"],
  replace: [
    [/mode: nftables/, "mode: nftables\n    nftables: { minSyncPeriod: 2s }"],
    [
      /- name: general/,
      "- name: general\n      kubelet: { podsPerCore: 40 }\n      labels: { example.com/tier: edited }\n      taints: [{ key: example.com/edited, effect: PreferNoSchedule }]",
    ],
    [/ghcr\.io: (\S+)/, "ghcr.io: $1\n      quay.io: $1"],
  ],
};
/** Everything but encryption, which changes the line of the API server. */
const ALL: SettingsEdit = { ...NODES, lines: [...ARGUMENTS, ...(NODES.lines ?? [])] };
const encrypted = (generation: number): SettingsEdit => ({
  ...ALL,
  lines: (ALL.lines ?? []).map(line =>
    line.replace(/^rackplane:apiServer: \{/, `$& encryption: { provider: secretbox, generation: ${generation} },`),
  ),
});

/** What the processes, the API and the documents say of the arguments. */
async function expectArguments(machine: string): Promise<void> {
  const of = (program: string) => argumentsOn(machine, program);
  const gates = "--feature-gates=InPlacePodVerticalScaling=true";
  const [api, manager, scheduler, etcd] = await Promise.all(
    ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"].map(of),
  );
  expect(api, machine).toEqual(expect.arrayContaining(["--event-ttl=2h", "--audit-log-maxage=30", gates]));
  expect(api?.join("\n"), machine).toMatch(/^--admission-control-config-file=\/etc\/rackplane\/apiserver\/admission-/m);
  expect(manager, machine).toEqual(expect.arrayContaining(["--node-monitor-grace-period=35s", gates]));
  expect(scheduler, machine).toEqual(expect.arrayContaining(["--kube-api-qps=80", gates]));
  expect(etcd, machine).toContain("--snapshot-count=5000");
  expect(
    etcd?.filter(argument => argument === "--initial-cluster-state=existing"),
    machine,
  ).toHaveLength(1);
  expect(await namesShown(machine, await addressOf(machine))).toContain("DNS:api.settings.example");
  expect(await onMachine(machine, ["test -s /var/log/kubernetes/audit/audit.log && ls -d /etc/scheduler"])).toBe(
    "/etc/scheduler",
  );
}

async function expectNode(machine: string): Promise<void> {
  expect(await kubeletOf(machine), machine).toMatchObject({
    maxPods: 90,
    featureGates: { InPlacePodVerticalScaling: true },
    ...(machine === WORKER ? { podsPerCore: 40 } : {}),
  });
  expect(await kubeProxyOn(machine), machine).toMatch(/minSyncPeriod":"2s"/i);
  expect(await onMachine(machine, ["ls", "/etc/containerd/certs.d"]), machine).toContain("quay.io");
  expect(await kubectl(["get", "node", machine, "-o", "jsonpath={.spec.taints[*].key}"]), machine).toBe(
    machine === WORKER ? "example.com/edited" : "",
  );
  expect(await kubectl(["get", "node", machine, "-o", "jsonpath={.metadata.labels.example\\.com/tier}"]), machine).toBe(
    machine === WORKER ? "edited" : "",
  );
}

const providersOf = (machine: string): Promise<string> =>
  onMachine(machine, [
    "jq -r '[.resources[0].providers[] | to_entries[0] | .value.keys[0].name // .key] | join(\" \")' /etc/rackplane/apiserver/encryption.json",
  ]);

describe("a cluster that runs", () => {
  beforeAll(() => freshStack(STACK, well));
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of [...MEMBERS, WORKER]) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  test("gets other arguments, files, gates and names on every member, and neither a reader nor a writer notices", async () => {
    const applied = await applying(STACK, { lines: ARGUMENTS });
    tellWatched("arguments of all parts", applied);
    expectUnnoticedUp(applied);
    expect(applied.up.output).toMatch(
      /member change: etcd restarts with --snapshot-count=5000; kube-apiserver restarts with /,
    );
    await until("the cluster to be whole", 120, well);
    for (const machine of MEMBERS) await expectArguments(machine);
    const document = await kubectl([
      ...["get", "configmap", "kubeadm-config", "-n", "kube-system"],
      ...["-o", "jsonpath={.data.ClusterConfiguration}"],
    ]);
    for (const word of ["event-ttl", "snapshot-count", "kube-api-qps", "api.settings.example"])
      expect(document).toContain(word);
    expect(document).toMatch(/^kubernetesVersion: v1\.34\.3$/m);
  });

  test("gets other kubelets, kube-proxies, taints and mirrors, on its worker, too", async () => {
    const applied = await applying(STACK, ALL);
    tellWatched("kubelet, kube-proxy, taints, mirrors", applied);
    expectUnnoticedUp(applied);
    await until("the cluster to be whole", 120, well);
    for (const machine of [...MEMBERS, WORKER]) await expectNode(machine);
    for (const machine of MEMBERS) await expectArguments(machine);
  });

  test("changes nothing the next time", async () => {
    const again = await withSettings(STACK, ALL, () => rackplane("up", "--stack", STACK));
    expect(again.code, again.output.slice(-4000)).toBe(0);
    expect(again.output).not.toMatch(/member change|\b(created|updated|deleted|replaced)\b/);
  });

  test("gets its Secrets encrypted, those from before, too, and another key later; all are readable throughout", async () => {
    await kubectl(["create", "secret", "generic", "earlier", "--from-literal=word=plain-in-etcd"]);
    expect(await secretInEtcd(FIRST, "default", "earlier")).toContain("plain-in-etcd");
    const word = () => kubectl(["get", "secret", "earlier", "-o", "jsonpath={.data.word}"]);
    for (const generation of [0, 1]) {
      const applied = await applying(STACK, encrypted(generation));
      tellWatched(`encryption, generation ${generation}`, applied);
      expectUnnoticedUp(applied);
      const name = generation === 0 ? "rackplane" : `rackplane-${generation}`;
      const stored = await secretInEtcd(LAST, "default", "earlier");
      expect(stored.startsWith(`k8s:enc:secretbox:v1:${name}:`)).toBe(true);
      expect(await word()).toBe(Buffer.from("plain-in-etcd").toString("base64"));
      for (const machine of MEMBERS) expect((await providersOf(machine)).split(" ")[0], machine).toBe(name);
    }
  });

  test("gives all of it to a machine that joins later", async () => {
    await fail("reinstall", LAST);
    await fail("reinstall", WORKER);
    const joined = await withSettings(STACK, encrypted(1), () => rackplane("up", "--stack", STACK));
    expect(joined.code, joined.output.slice(-6000)).toBe(0);
    await until("the cluster to be whole", 180, well);
    await expectArguments(LAST);
    for (const machine of [LAST, WORKER]) await expectNode(machine);
    expect((await providersOf(LAST)).split(" ")[0]).toBe("rackplane-1");
    expect(await kubectl(["get", "secret", "earlier", "-o", "jsonpath={.data.word}"])).not.toBe("");
  });

  test("stops at the first machine with an argument that the API server refuses; the VIP serves, and taking it back mends it", async () => {
    const edit = encrypted(1);
    const bad: SettingsEdit = {
      ...edit,
      lines: (edit.lines ?? []).map(line => line.replace('event-ttl: "2h"', 'event-ttl: "2h", no-such-argument: "1"')),
    };
    const before = await argumentsOn(FIRST, "kube-apiserver");
    const applied = await applying(STACK, bad);
    tellWatched("an argument that the API server refuses", applied);
    expect(applied.up.code).not.toBe(0);
    expect(applied.up.output).toMatch(
      /kube-apiserver ends whenever it starts, at last with: .*unknown flag: --no-such-argument.*this machine gets its earlier settings back/,
    );
    expectUnnoticed(applied);
    for (const machine of MEMBERS.slice(1))
      expect((await argumentsOn(machine, "kube-apiserver")).join(" "), machine).not.toContain("no-such-argument");
    await until("the first machine to serve with its earlier settings", 120, well);
    expect(await argumentsOn(FIRST, "kube-apiserver")).toEqual(before);
    const back = await withSettings(STACK, edit, () => rackplane("up", "--stack", STACK));
    expect(back.code, back.output.slice(-4000)).toBe(0);
    await until("the cluster to be whole", 60, well);
  });

  test("stops at the first machine with a field that kubelet refuses", async () => {
    const edit = encrypted(1);
    const bad: SettingsEdit = {
      ...edit,
      lines: (edit.lines ?? []).map(line => line.replace("maxPods: 90", "maxPods: -1")),
    };
    const applied = await applying(STACK, bad);
    tellWatched("a field that kubelet refuses", applied);
    expect(applied.up.code).not.toBe(0);
    expect(applied.up.output).toContain("kubelet ends whenever it starts");
    expectUnnoticed(applied);
    await until("the cluster to be whole with the earlier settings", 120, well);
    expect(await kubeletOf(FIRST)).toMatchObject({ maxPods: 90 });
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
