import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * What CONTRIBUTING.md says is touched to add a verb, a kind of endpoint, a kind of machine, an add-on and a Kubernetes
 * minor: here each is added to a copy of the product, by lines in the tables and a file of its own, and by nothing else.
 * Then the copy is type-checked, and a program that uses all five runs on it.
 */
const REPOSITORY = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-additions-"));
afterAll(() => fs.rmSync(folder, { recursive: true }));

const copied = (file: string): string => fs.readFileSync(path.join(folder, file), "utf8");
const add = (file: string, content: string): void => {
  fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
  fs.writeFileSync(path.join(folder, file), content, { flag: "wx" });
};
/** Lines of a table: each goes behind the line that it is given with. */
const lines = (file: string, inserted: Readonly<Record<string, string>>): void => {
  let text = copied(file);
  for (const [before, line] of Object.entries(inserted)) {
    expect(text.split(before).length, `${file}: ${before}`).toBe(2);
    text = text.replace(before, `${before}${line}`);
  }
  fs.writeFileSync(path.join(folder, file), text);
};

function addVerb(): void {
  lines("cloud-init/node/verbs.json", {
    '"granted": {': '"greet": { "roles": ["worker"], "needs": [], "holdsVip": false, "writesFacts": false },',
  });
  add("cloud-init/node/grant/verbs/greet.sh", "#!/usr/bin/env bash\n# greet   says hello\nset -euo pipefail\n");
}

function addEndpointKind(): void {
  lines("components/config/endpoint/endpoint-kinds.ts", {
    'import { kubeVipArp } from "./kube-vip-arp";\n': 'import { manual } from "./manual";\n',
    "export const ENDPOINT_KINDS = {\n": "  manual: row(manual, {}),\n",
  });
  add(
    "components/config/endpoint/manual.ts",
    `import { z } from "zod";
import type { Kind } from "../values/kind";
import { API_PORT, tcpPort } from "../values/ports";
import { judged, readSection } from "../values/section";
import { nodeLocalBalancer, type LocalBalancerArgs, type LocalBalancerSpec } from "./local-balancer";
import { vipAddress } from "./vip";

/** An address that a person moves by hand. */
export interface ManualArgs extends LocalBalancerArgs { kind: "manual"; address: string }
export interface ManualSpec extends LocalBalancerSpec { readonly kind: "manual"; readonly address: string; readonly port: number }
const schema = z
  .object({ kind: z.literal("manual"), address: vipAddress, port: tcpPort(API_PORT), nodeLocalBalancer: nodeLocalBalancer(true) })
  .strict();
export const manual: Kind<ManualArgs, ManualSpec> = {
  example: { kind: "manual", address: "10.0.0.10" },
  read: (raw, path) => judged(readSection(schema, raw, path), [], section => section),
};
`,
  );
  lines("components/endpoint/endpoint-kinds.ts", {
    'import { kubeVipArp } from "./kube-vip-arp";\n': 'import { manual } from "./manual";\n',
    '  "kube-vip-arp": kubeVipArp,\n': "  manual,\n",
  });
  add(
    "components/endpoint/manual.ts",
    `import type { ManualSpec } from "../config/endpoint/manual";
import type { EndpointKind } from "./endpoint-kind";

export const manual: EndpointKind<ManualSpec> = {
  announcer: ({ kind }) => ({ kind }), images: () => [], secrets: () => undefined,
};
`,
  );
  lines("cloud-init/contract/node.ts", { "export type Announcer = ": '{ readonly kind: "manual" } | ' });
}

function addMachineKind(): void {
  lines("components/config/machines/machine-kinds.ts", {
    'import { sshHosts } from "./ssh-hosts";\n': 'import { labHosts } from "./lab-hosts";\n',
    "export const MACHINE_KINDS = {\n":
      '  lab: row(labHosts, { title: "the lab", where: "in the lab", rents: false, sharesLayer2: true, bringsVip: false, knowsNeighbours: false }),\n',
  });
  add(
    "components/config/machines/lab-hosts.ts",
    `import { z } from "zod";
import type { Kind } from "../values/kind";
import { judged, readSection } from "../values/section";
import { completeHost, hostSchema, type HostArgs, type HostSpec } from "./hosts";

/** Machines of a laboratory. */
export interface LabHostsArgs { kind: "lab"; hosts: HostArgs[] }
export interface LabHostsSpec { readonly kind: "lab"; readonly hosts: readonly HostSpec[] }
const schema = z.object({ kind: z.literal("lab"), hosts: z.array(hostSchema) }).strict();
export const labHosts: Kind<LabHostsArgs, LabHostsSpec, z.output<typeof schema>> = {
  example: { kind: "lab", hosts: [] },
  read: (raw, path) => judged(readSection(schema, raw, path), [], ({ kind, hosts }) => ({ kind, hosts: hosts.map(completeHost) })),
};
`,
  );
  lines("components/machines/machine-kinds.ts", {
    'import { ssh } from "./ssh/kind";\n': 'import { lab } from "./lab/kind";\n',
    "Extract<WorkerMachinesSpec, { kind: K }>\n  >;\n} = { ": "lab, ",
  });
  add(
    "components/machines/lab/kind.ts",
    `import type { LabHostsSpec } from "../../config/machines/lab-hosts";
import type { MachineKind } from "../machine-kind";
import { sshMachines } from "../ssh/machines";
import { prepared } from "../ssh/prepared";

export const lab: MachineKind<LabHostsSpec, never> = {
  identity: { kind: "ssh" }, exists: true, ownPeers: () => false, site: () => ({ kind: "lab" }), workers: () => [],
  controlPlane: (cluster, { hosts }) => sshMachines(cluster, { hosts, role: "control-plane" }).map(machine => ({ ...machine, kind: "lab" as const })),
  prepare: prepared,
};
`,
  );
}

function addAddon(): void {
  lines("components/addons/addon-kinds.ts", {
    'import { flannel } from "./flannel";\n': 'import { hello } from "./hello";\n',
    "const ADDONS: readonly AddonKind[] = [": "hello, ",
  });
  add(
    "components/addons/hello.ts",
    `import * as k8s from "@pulumi/kubernetes";
import type { AddonKind } from "./addon-kind";

/** A greeting in the cluster. */
export const hello: AddonKind = {
  name: "hello", wanted: () => true, images: () => ["registry.example.com/hello:v1"],
  install: (name, { name: cluster }, { component }) => new k8s.core.v1.ConfigMap(name, { data: { hello: cluster } }, component),
};
`,
  );
}

function addMinor(): void {
  lines("cloud-init/kubernetes-versions.ts", {
    "const MINORS: Readonly<Record<number, KubernetesMinor>> = {\n":
      '  38: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.11", etcd: "3.8.0-0", coredns: "v1.15.0" },\n',
  });
}

const USES_ALL = `
import * as pulumi from "@pulumi/pulumi";
import { sealAnswer } from "./cloud-init/contract/answer";
import { VERBS } from "./cloud-init/contract/verbs";
import { Cluster } from "./components";

const made: pulumi.runtime.MockResourceArgs[] = [];
const answer = { machine: "m", epoch: "1", hostname: "", machineId: "", productUuid: "", findings: [], pki: { "ca.crt": "a certificate", "sa.key": "a key" } };
void pulumi.runtime.setMocks({
  newResource: args => {
    made.push(args);
    const answerKey = /"answerKey":"([^"]+)"/.exec(String(args.inputs.stdin?.value ?? args.inputs.stdin))?.[1];
    const text = JSON.stringify(answer);
    const stdout = answerKey === undefined ? text : sealAnswer(answerKey, text);
    return { id: args.name, state: { ...args.inputs, stdout } };
  },
  call: ({ inputs }) => inputs,
}).then(async () => {
  const host = (n: number) => ({ name: \`m\${n}\`, address: \`10.0.0.1\${n}\`, hostKey: \`ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\${String(n).repeat(43)}\` });
  new Cluster("added", {
    kubernetesVersion: "1.38.0",
    machines: { kind: "lab", hosts: [1, 2, 3].map(host) },
    endpoint: { kind: "manual", address: "10.0.0.10" },
  });
  await new Promise(resolve => setTimeout(resolve, 1000));
  const member = made.find(({ name }) => name === "added-m2-member");
  const { node } = JSON.parse(String(member?.inputs.stdin?.value ?? member?.inputs.stdin)) as { node: object };
  console.log(JSON.stringify({ names: made.map(({ name }) => name), node, verbs: Object.keys(VERBS) }));
});
`;

beforeAll(() => {
  for (const part of ["index.ts", "components", "cloud-init", "tsconfig.json"])
    fs.cpSync(path.join(REPOSITORY, part), path.join(folder, part), { recursive: true });
  fs.symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(folder, "node_modules"));
  for (const addition of [addVerb, addEndpointKind, addMachineKind, addAddon, addMinor]) addition();
  add("uses-all.ts", USES_ALL);
}, 60_000);

test("a verb, a kind of endpoint, a kind of machine, an add-on and a minor take lines in tables and a file each", () => {
  const check = () => execFileSync("npx", ["tsc", "--noEmit", "-p", folder], { cwd: REPOSITORY, encoding: "utf8" });
  expect(check).not.toThrow();

  const text = execFileSync("npx", ["tsx", "uses-all.ts"], { cwd: folder, encoding: "utf8" });
  const { names, node, verbs } = JSON.parse(text.trim().split("\n").at(-1) ?? "") as {
    names: string[];
    node: object;
    verbs: string[];
  };
  expect(names).toEqual(expect.arrayContaining(["added-hello", "added-m1-preflight", "added-m3-member"]));
  expect(node).toMatchObject({
    cluster: { kubernetesVersion: "1.38.0" },
    announcer: { kind: "manual" },
    images: {
      sandbox: "registry.k8s.io/pause:3.11",
      extra: expect.arrayContaining(["registry.example.com/hello:v1"]) as string[],
    },
  });
  expect(verbs).toContain("greet");
}, 180_000);
