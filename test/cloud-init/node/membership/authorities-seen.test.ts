import { describe, expect, it } from "vitest";
import type { AuthorityStep, Grant, MadeAuthorities } from "../../../../cloud-init/contract/grant";
import { AUTHORITY_FILES } from "../../../../cloud-init/contract/pki";
import { pkiAfter, stageHashes } from "../../../../components/membership/authority-steps";
import { base64, earlier, exchangeOf, next, PKI, tellJoiners } from "./exchanging";
import { ROSTER, TestMachine } from "./machine";

const WORKER = { name: "prod-w-0", address: "10.70.0.21" };
const both = `${earlier.certificate}${next.certificate}`;
const reversed = `${next.certificate}${earlier.certificate}`;
const item = (namespace: string, name: string, fields: object = {}) => ({ metadata: { namespace, name, ...fields } });
const pod = (name: string, created: string, source = "kube-root-ca.crt", phase = "Running") => ({
  ...item("default", name, { creationTimestamp: created }),
  spec: { volumes: [{ projected: { sources: [{ configMap: { name: source } }] } }] },
  status: { phase },
});

/** A member of three, beside a worker, whose cluster trusts what `trusts` holds. */
function cluster(step: AuthorityStep, trusts = step === "forget" ? reversed : both): TestMachine {
  const machine = new TestMachine(0).cluster(0, 1, 2);
  for (const file of ["etc/kubernetes/kubelet.conf", "etc/kubernetes/manifests/etcd.yaml", "var/lib/etcd/member/id"])
    machine.write(file, "1");
  machine.write("etc/kubernetes/manifests/kube-apiserver.yaml", "1");
  const now = step === "forget" ? pkiAfter(exchangeOf(machine), "sign") : pkiAfter(exchangeOf(machine), step);
  for (const [file, content] of Object.entries({ ...now, "ca.crt": trusts })) machine.write(`${PKI}/${file}`, content);
  const nodes = [...ROSTER, WORKER].map(({ name, address }) => ({
    metadata: { name },
    status: { addresses: [{ type: "InternalIP", address }] },
  }));
  machine.write("fake/nodes.json", JSON.stringify({ items: nodes }));
  tell(machine, { clusterInfo: trusts, pods: trusts, workloads: [] });
  machine.write("fake/all-pods.json", JSON.stringify({ items: [] }));
  return machine;
}
function tell(machine: TestMachine, words: { clusterInfo: string; pods: string; workloads: object[] }): void {
  tellJoiners(machine, words.clusterInfo);
  machine.write(
    "fake/pod-trust.json",
    JSON.stringify({
      items: ["default", "kube-system"].map(namespace => ({
        ...item(namespace, "kube-root-ca.crt", { managedFields: [{ time: "2026-11-30T12:00:00Z" }] }),
        data: { "ca.crt": words.pods },
      })),
    }),
  );
  machine.write("fake/own.json", JSON.stringify({ items: words.workloads }));
}
function granted(machine: TestMachine, step: AuthorityStep): Partial<Grant> {
  const exchange = exchangeOf(machine);
  const old = { "ca.crt": exchange.earlier["ca.crt"], "ca.key": exchange.earlier["ca.key"] };
  return {
    pki: pkiAfter(exchange, step),
    authorities: { generation: 1, step, stages: stageHashes(exchange), ...(step === "forget" ? { earlier: old } : {}) },
  };
}
const check = (machine: TestMachine, step: AuthorityStep) => machine.run("check-authorities", granted(machine, step));

describe.concurrent("before a step", () => {
  it.each<AuthorityStep>(["trust", "sign", "forget"])(
    "'%s', a cluster that has ended the one before is found ready",
    async step => {
      const machine = cluster(step, step === "trust" ? earlier.certificate : undefined);
      const { code, stderr } = await check(machine, step);
      expect(code, stderr).toBe(0);
      expect(stderr).toContain(`every machine is ready for '${step}'`);
      expect(stderr + machine.calls.join()).not.toContain("PRIVATE");
      expect(machine.has("run/rackplane/work")).toBe(false);
    },
  );

  it.each<[string, AuthorityStep, (machine: TestMachine) => void, string]>([
    [
      "an API server that does not accept the authority that is to sign",
      "sign",
      machine => machine.write(`fake/not-ready/${ROSTER[1]?.address ?? ""}`, ""),
      "prod-cp-1's API server: curl: (22) The requested URL returned error: 401",
    ],
    ["a machine that is off", "sign", machine => machine.down(2), "prod-cp-2's etcd: curl: (7) Failed to connect"],
    [
      "a worker that does not trust the new authority",
      "sign",
      machine => machine.write(`fake/kubelet-says/${WORKER.address}.asked`, "401"),
      "prod-w-0's kubelet at 10.70.0.21: found 401, expected 200, to a client of the authority that is to sign",
    ],
    [
      "a worker that is not signed by it yet",
      "forget",
      machine => machine.write(`fake/kubelet-says/${WORKER.address}.earlier`, "200"),
      "prod-w-0's kubelet at 10.70.0.21: found 200, expected 401, to a client of the earlier authority",
    ],
    [
      "documents that do not name both",
      "sign",
      machine => tell(machine, { clusterInfo: earlier.certificate, pods: earlier.certificate, workloads: [] }),
      "the ConfigMap cluster-info in kube-public does not name both; kube-root-ca.crt does not hold both in the namespaces default kube-system",
    ],
    [
      "pods that are older than what they are to trust",
      "sign",
      machine =>
        machine.write(
          "fake/all-pods.json",
          JSON.stringify({
            items: [
              pod("old", "2026-11-30T11:00:00Z"),
              pod("new", "2026-11-30T12:30:00Z"),
              pod("without-token", "2026-11-30T11:00:00Z", "settings"),
              pod("over", "2026-11-30T11:00:00Z", "kube-root-ca.crt", "Succeeded"),
            ],
          }),
        ),
      "these pods trust only the earlier authority until they are made anew ('kubectl rollout restart', or delete them): default/old;",
    ],
  ])("%s stops it, and no step is begun", async (_what, step, arrange, words) => {
    const machine = cluster(step);
    arrange(machine);
    const { code, stderr } = await check(machine, step);
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stderr).toContain("no step was begun");
  });

  it.each<AuthorityStep>(["trust", "sign", "forget"])("'%s', an API that tells no Nodes stops it", async step => {
    const machine = cluster(step, step === "trust" ? earlier.certificate : undefined);
    for (const nodes of [undefined, JSON.stringify({ items: [] })]) {
      machine.erase("fake/nodes.json");
      if (nodes !== undefined) machine.write("fake/nodes.json", nodes);
      const { code, stderr } = await check(machine, step);
      expect(code).toBe(1);
      expect(stderr).toContain("the API does not tell its Nodes");
    }
  });

  it("'sign', documents name both in whatever order: a machine that has signed already has another one", async () => {
    const machine = cluster("sign");
    tell(machine, { clusterInfo: reversed, pods: reversed, workloads: [] });
    const { code, stderr } = await check(machine, "sign");
    expect(code, stderr).toBe(0);
  });

  it("'sign', pods are compared with a ConfigMap that was never written again by when it was made", async () => {
    const machine = cluster("sign");
    const made = { ...item("default", "kube-root-ca.crt", { creationTimestamp: "2026-11-30T12:00:00Z" }) };
    machine.write("fake/pod-trust.json", JSON.stringify({ items: [{ ...made, data: { "ca.crt": both } }] }));
    machine.write("fake/all-pods.json", JSON.stringify({ items: [pod("old", "2026-11-30T11:00:00Z")] }));
    expect((await check(machine, "sign")).stderr).toContain("until they are made anew");
  });

  it("a step that is left out is told at once, in the configuration's words, and no machine is asked", async () => {
    const machine = cluster("trust", both);
    const { code, stderr } = await check(machine, "forget");
    expect(code).toBe(1);
    expect(stderr).toContain("certificates.authorities.step: found forget, expected sign first");
    expect(stderr).toContain("no step was begun");
    expect(machine.calls.join("\n")).not.toContain("kubeadm init phase certs");
  });

  it("a cluster that was formed under its number is ready, before any other machine has joined", async () => {
    const machine = new TestMachine(0).cluster(0);
    const { earlier } = exchangeOf(machine);
    const formed = { earlier, next: earlier };
    const { code, stderr } = await machine.run("check-authorities", {
      pki: earlier,
      authorities: { generation: 1, step: "forget", stages: stageHashes(formed) },
    });
    expect(code, stderr).toBe(0);
    expect(machine.calls.join("\n")).not.toContain("kubeadm init phase certs");
  });

  it("asks the machines of the grant: one was replaced by one at another address", async () => {
    const machine = cluster("sign");
    const roster = ROSTER.map((each, i) => (i === 1 ? { ...each, address: "10.70.0.77" } : each));
    const { stderr } = await machine.run("check-authorities", { ...granted(machine, "sign"), roster });
    expect(stderr).toContain("prod-cp-1's API server: curl: (7) Failed to connect to 10.70.0.77");
  });

  it("all that is missing is told at once", async () => {
    const machine = cluster("sign");
    machine.write(`fake/not-ready/${ROSTER[0]?.address ?? ""}`, "");
    machine.write(`fake/kubelet-says/${WORKER.address}.asked`, "000");
    const { stderr } = await check(machine, "sign");
    expect(stderr).toMatch(
      /prod-cp-0's API server: .*prod-cp-0's API server, asked by the front proxy: .*prod-w-0's kubelet/,
    );
  });
});

const publish = (machine: TestMachine, step: AuthorityStep) =>
  machine.run("publish-authorities", { authorities: { generation: 1, step } });
const workload = (kind: string, name: string) => ({ kind, metadata: { name }, spec: { template: { metadata: {} } } });

describe.concurrent("after the members", () => {
  it("joiners are told both, and what runs in kube-system is started anew, once", async () => {
    const machine = cluster("trust");
    tell(machine, {
      clusterInfo: earlier.certificate,
      pods: both,
      workloads: [workload("DaemonSet", "kube-proxy"), workload("Deployment", "coredns")],
    });
    const { code, stderr } = await publish(machine, "trust");
    expect(code, stderr).toBe(0);
    expect(stderr).toContain("then set certificates.authorities.step to sign and run 'pulumi up'");
    expect(machine.read("fake/cluster-info.json")).toContain(base64(both));
    const patches = (machine.read("fake/started-anew") ?? "").trim().split("\n");
    expect(patches.map(line => line.split(" ")[0])).toEqual(["kube-proxy", "coredns"]);
    const trust = /"rackplane\/authorities":"([0-9a-f]{16})"/.exec(patches[0] ?? "")?.[1];
    const annotated = { metadata: { annotations: { "rackplane/authorities": trust } } };
    tell(machine, {
      clusterInfo: both,
      pods: both,
      workloads: [{ ...workload("DaemonSet", "kube-proxy"), spec: { template: annotated } }],
    });
    await publish(machine, "trust");
    expect((machine.read("fake/started-anew") ?? "").trim().split("\n")).toHaveLength(2);
  });

  it("Secrets of service accounts that hold the earlier authority alone are waited for", async () => {
    const machine = cluster("trust");
    machine.write("fake/token-secrets", `build/ci ${base64(earlier.certificate)}\n`);
    const { code, stderr } = await publish(machine, "trust");
    expect(code).toBe(1);
    expect(stderr).toContain("the Secrets build/ci hold another one");
  });

  it("pods that the controller manager has not told yet are waited for", async () => {
    const machine = cluster("trust");
    tell(machine, { clusterInfo: both, pods: earlier.certificate, workloads: [] });
    const { code, stderr } = await publish(machine, "trust");
    expect(code).toBe(1);
    expect(stderr).toContain("it is another one in default kube-system");
  });

  it("what asks the cluster whom to trust forgets the earlier authority, which API servers would keep", async () => {
    const machine = cluster("sign", next.certificate);
    machine.write(`${PKI}/front-proxy-ca.crt`, next.certificate);
    const data = { "client-ca-file": both, "requestheader-client-ca-file": both, "requestheader-group-headers": "[]" };
    machine.write("fake/extensions.json", JSON.stringify({ kind: "ConfigMap", data }));
    const { code, stderr } = await publish(machine, "forget");
    expect(code, stderr).toBe(0);
    expect((JSON.parse(machine.read("fake/extensions.json") ?? "") as { data: object }).data).toEqual({
      ...data,
      "client-ca-file": next.certificate,
      "requestheader-client-ca-file": next.certificate,
    });
    expect(stderr).toContain("this exchange has ended");
  });
});

it("new authorities are made without a change of the machine, and their keys are in no log and no command line", async () => {
  const machine = cluster("trust");
  for (const file of AUTHORITY_FILES) machine.write(`fake/new-authorities/${file}`, exchangeOf(machine).next[file]);
  const { code, stderr } = await machine.run("make-authorities");
  expect(code, stderr).toBe(0);
  const made = JSON.parse(machine.read("run/rackplane/result.json") ?? "") as MadeAuthorities;
  expect(made).toEqual(exchangeOf(machine).next);
  expect([stderr, machine.calls.join(), machine.has("run/rackplane/work")]).toEqual([
    expect.not.stringContaining("PRIVATE"),
    expect.not.stringContaining("PRIVATE"),
    false,
  ]);
});
