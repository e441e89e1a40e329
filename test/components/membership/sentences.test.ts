import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import { KEPT, sentencesOf } from "../../../components/membership/sentences";
import { sentence } from "../../../components/membership/told";
import { differences } from "../../../components/membership/differences";
import { turnsOf } from "../../../components/membership/turns";
import { asFormedBefore, cluster } from "../cluster/lab";
import { ARP, BGP, host, hosts, KEEPALIVED } from "../config/samples";

type Args = Record<string, unknown>;
const ENDPOINT = { ...BGP, peers: [{ address: "10.0.0.254", as: 65001 }] };
const LEAST: Args = { machines: hosts(1, 2, 3), endpoint: ENDPOINT };
const WORKERS: Args = {
  workers: [{ name: "general", update: { atOnce: 1 }, machines: { kind: "ssh", hosts: [host(11), host(12)] } }],
};
const pool = (changes: object): Args => ({
  workers: (WORKERS.workers as object[]).map(each => ({ ...each, ...changes })),
});
const TURNS = turnsOf({
  balancers: [],
  controlPlane: ["m1", "m2", "m3"],
  pools: [{ machines: ["m11", "m12"], atOnce: 1 }],
});

/** The grants by which running machines are changed, by the resource that hands them over. */
async function grants(args: Args): Promise<Map<string, Grant>> {
  const { resources } = await cluster({ ...LEAST, ...args }, false, undefined, asFormedBefore);
  return new Map(
    resources
      .filter(({ name }) => /-(member|worker|balancer)$/.test(name))
      .map(({ name, inputs }) => [name, JSON.parse(String(inputs.stdin)) as Grant]),
  );
}

/** What a preview of that edit says of each machine that it changes, as the hook of each command would (told.ts). */
async function told(from: Args, to: Args): Promise<string[]> {
  const [before, after] = [await grants(from), await grants(to)];
  return [...after].flatMap(([name, is]) => {
    const was = before.get(name);
    return was === undefined || differences(was, is).length === 0 ? [] : [sentence(was, is, TURNS)];
  });
}

const EDITS: readonly (readonly [what: string, from: Args, to: Args])[] = [
  ["a patch release, with workers", { ...WORKERS }, { ...WORKERS, kubernetesVersion: "1.34.4" }],
  ["every machine replaced, with workers", { ...WORKERS }, { ...WORKERS, generation: 2 }],
  ["one machine replaced, once more", { generations: { m2: 1 } }, { generations: { m2: 2 } }],
  ["a generation taken out again", { ...WORKERS, generation: 2 }, { ...WORKERS }],
  ["the next minor", { kubernetesVersion: "1.33.13" }, { kubernetesVersion: "1.34.3" }],
  ["a version before", { kubernetesVersion: "1.34.4" }, { kubernetesVersion: "1.34.3" }],
  [
    "two minors at once, with workers",
    { ...WORKERS, kubernetesVersion: "1.32.4" },
    { ...WORKERS, kubernetesVersion: "1.34.3" },
  ],
  [
    "etcd's quota and compaction",
    {},
    { etcd: { quotaBytes: 4294967296, autoCompaction: { mode: "periodic", retention: "8h" } } },
  ],
  ["another quota", { etcd: { quotaBytes: 4294967296 } }, { etcd: { quotaBytes: 8589934592 } }],
  ["a timer that defragments", {}, { etcd: { defragment: { timer: true } } }],
  [
    "backups to a shared disk as well",
    {},
    { backups: { hours: 6, to: [{ kind: "machine" }, { kind: "directory", path: "/mnt/backups/prod" }] } },
  ],
  ["backups to nowhere", {}, { backups: { to: [] } }],
  ["another folder for etcd", {}, { etcd: { dataDirectory: "/data/etcd" } }],
  ["days of certificates", {}, { certificates: { renewDays: 120, timer: true } }],
  [
    "new certificate authorities are trusted, with workers",
    WORKERS,
    { ...WORKERS, certificates: { authorities: { generation: 1, step: "trust" } } },
  ],
  [
    "... sign",
    { ...WORKERS, certificates: { authorities: { generation: 1, step: "trust" } } },
    { ...WORKERS, certificates: { authorities: { generation: 1, step: "sign" } } },
  ],
  [
    "... and the earlier ones are forgotten",
    { ...WORKERS, certificates: { authorities: { generation: 1, step: "sign" } } },
    { ...WORKERS, certificates: { authorities: { generation: 1, step: "forget" } } },
  ],
  [
    "... without the step between",
    { certificates: { authorities: { generation: 1, step: "trust" } } },
    { certificates: { authorities: { generation: 1, step: "forget" } } },
  ],
  ["another kube-vip", {}, { endpoint: { ...ENDPOINT, image: "ghcr.io/kube-vip/kube-vip:v1.0.1" } }],
  ["another hold time", {}, { endpoint: { ...ENDPOINT, holdSeconds: 9, keepaliveSeconds: 3 } }],
  ["another address and kind of the endpoint", {}, { endpoint: ARP }],
  [
    "another version of VRRP",
    { endpoint: KEEPALIVED },
    { endpoint: { ...KEEPALIVED, password: undefined, vrrpVersion: 3 } },
  ],
  ["another range of pods", {}, { network: { podCidr: "10.200.0.0/16" } }],
  [
    "labels and kubelet fields of a pool",
    { ...WORKERS },
    pool({ labels: { "example.com/disk": "nvme" }, kubelet: { maxPods: 250 } }),
  ],
  ["taints of a pool", { ...WORKERS }, pool({ taints: [{ key: "example.com/gpu", effect: "NoSchedule" }] })],
  ["encryption of Secrets", {}, { apiServer: { encryption: "secretbox" } }],
  ["arguments and names", {}, { apiServer: { extraArgs: { "event-ttl": "2h" } }, apiServerNames: ["api.example.com"] }],
  ["fields of kubelets and kube-proxy", {}, { kubelet: { maxPods: 200 }, kubeProxy: { mode: "nftables" } }],
  ["ordinary pods on the control plane", WORKERS, { ...WORKERS, controlPlane: { schedulable: true } }],
  ["packages", { packages: { runc: "1.1.5" } }, { packages: { containerd: "1.7.24~ds1-6" } }],
  ["mirrors", {}, { mirrors: { images: { "registry.k8s.io": "https://mirror.example.com" } } }],
  ["a deadline", {}, { deadlines: { downloads: 1200 } }],
  ["two more machines", {}, { machines: hosts(1, 2, 3, 4, 5) }],
];

describe("a preview says in a sentence what happens to which machine:", () => {
  test("golden/sentences.txt", async () => {
    const parts: string[] = [];
    for (const [what, from, to] of EDITS) parts.push([`# ${what}`, ...(await told(from, to))].join("\n"));
    await expect(`${parts.join("\n\n")}\n`).toMatchFileSnapshot("golden/sentences.txt");
    // Two clusters for each edit.
  }, 60_000);

  test("nothing of a machine whose grant is the same", async () => {
    expect(await told(WORKERS, WORKERS)).toEqual([]);
  });

  test("that the program on it is replaced, certificates come due, and what is known only later", async () => {
    const [was] = [...(await grants({})).values()] as [Grant];
    expect(sentence(was, { ...was, program: "another" }, TURNS)).toBe(
      "1. m1: its on-node program is replaced, nothing restarts",
    );
    const certificates = { renewDays: 90, timer: false, endBefore: 1_800_000_000 };
    expect(sentencesOf(was, { ...was, certificates })).toEqual([
      "renew certificates that end before 2027-01-15, the controller manager and the scheduler restart",
    ]);
    expect(sentence(was, undefined, TURNS)).toMatch(/^1\. m1: changes, by what is known only when/);
    expect(sentence(was, undefined, TURNS, "certificate authorities: generation 1, step trust")).toMatch(
      / \(certificate authorities: generation 1, step trust\)$/,
    );
    expect(sentence(was, was, TURNS)).toMatch(/is asked again by another way to it/);
  });

  test("and no secret", async () => {
    const [was] = [...(await grants({})).values()] as [Grant];
    const is = { ...was, secrets: { vrrpPassword: "s3cr3t", md5: { "10.0.0.1": "s3cr3t" } } };
    const words = sentencesOf(was, is).join();
    expect(words).toContain("secrets.md5.10.0.0.1");
    expect(words).not.toContain("s3cr3t");
  });
});

test("what a preview calls kept is what a machine refuses", () => {
  const file = path.resolve(__dirname, "../../../cloud-init/node/grant/jq/edits.jq");
  const jq = fs.readFileSync(file, "utf8");
  // The definitions before the findings; a setting is a key there.
  const settings = [
    ...jq
      .slice(0, jq.indexOf("def differing"))
      .matchAll(/^ *"?([a-z]+(?:\.[A-Za-z]+)?)"?: \S|\{ (name): |, "(network\.kind)": /gm),
  ];
  expect(
    settings
      .map(([, quoted, name, kind]) => quoted ?? name ?? kind)
      .filter(Boolean)
      .sort(),
  ).toEqual(Object.keys(KEPT).sort());
});
