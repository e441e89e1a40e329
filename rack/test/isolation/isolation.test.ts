import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { kubectl, onMachine } from "../../cli/operator";
import { rackState } from "../../daemon/client";
import { until } from "../../network/until";
import { ANSWERING, COREFILE, podsOf, processOf } from "../../../bench/scenarios/pods";
import { fail, figure, journal, rackplane, statusNow } from "../../../bench/rack";
import { secretsInPlain } from "../secrets";
import { upKilledAt } from "../../../bench/scenarios/interrupted-up";
import { withStackFile } from "../../../bench/scenarios/stack-edit";

const STACK = "rack-isolation";
const MEMBER = "isolation-cp-0";
const WORKER = "isolation-pinned-0";

beforeAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

let looked = MEMBER;
afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal(looked)}\n`);
});

const configz = async (node: string) =>
  (
    JSON.parse(await kubectl(["get", "--raw", `/api/v1/nodes/${node}/proxy/configz`])) as {
      kubeletconfig: Record<string, unknown>;
    }
  ).kubeletconfig;

describe("machines are looked at before anything on any of them changes", () => {
  test("all that is wrong with all of them is told at once, and nothing was touched", async () => {
    // The machines are there, and `up` has not looked at them yet.
    await upKilledAt(/── pulumi up, stack/, 300, "--stack", STACK);
    // A port that is taken, another machine's name; whole CPUs for four pods and one for the system where there are
    // two; a VIP that somebody has.
    await onMachine(WORKER, ["systemd-run", "--unit", "taken", "--collect", "python3", "-m", "http.server", "10250"]);
    await onMachine(WORKER, ["hostname", MEMBER]);
    const wrong = (text: string) =>
      text
        .replace("static: false", 'static: true\n      reservedSystemCPUs: "0"')
        .replace(/cpu: \{ apiServer.*\}/, 'cpu: { apiServer: "1" }')
        .replace("address: 10.71.0.105", "address: 10.71.0.1");
    const refused = await withStackFile(STACK, wrong, () => rackplane("up", "--stack", STACK));
    await onMachine(WORKER, ["systemctl stop taken; hostname", WORKER]);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      /isolation-cp-0: preflight cpus: found 2 CPUs, expected 5 or more; .*controlPlane\.isolation/,
    );
    expect(refused.output).toMatch(
      /isolation-cp-0: preflight vip: .*10\.71\.0\.1, expected an address that nobody has/,
    );
    expect(refused.output).toMatch(/isolation-pinned-0: preflight port: .*10250/);
    expect(refused.output).toMatch(/isolation-pinned-0: preflight hostname: found .*isolation-cp-0/);
    for (const machine of [MEMBER, WORKER]) {
      expect(
        await onMachine(machine, [
          "ls -d /opt/rackplane /etc/rackplane /etc/kubernetes/manifests/* /var/lib/etcd/* 2>/dev/null || true",
        ]),
      ).toBe("");
    }
  });

  test("mended, the same command brings them up", async () => {
    const up = await rackplane("up", "--stack", STACK);
    expect(up.code, up.output.slice(-6000)).toBe(0);
    figure("one machine kept apart and a worker, seconds", up.seconds);
    expect((await statusNow()).nodes.map(({ name, role, ready }) => [name, role, ready])).toEqual([
      [MEMBER, "control-plane", true],
      [WORKER, "worker", true],
    ]);
  });
});

describe("a control plane kept apart", () => {
  test("every pod of it is Guaranteed", async () => {
    const classes = async () =>
      (await podsOf("-n", "kube-system", "-l", "tier=control-plane")).map(({ name, qosClass }) => [name, qosClass]);
    expect(await classes()).toEqual(
      ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(name => [
        `${name}-${MEMBER}`,
        "Guaranteed",
      ]),
    );
  });

  test("ordinary pods are kept off it", async () => {
    const taints = await kubectl([
      "get",
      "node",
      MEMBER,
      "-o",
      "jsonpath={.spec.taints[*].key}:{.spec.taints[*].effect}",
    ]);
    expect(taints).toBe("node-role.kubernetes.io/control-plane:NoSchedule");
  });

  // As the control plane's own pods are: static, known to kubelet by the hash of its manifest, which its mirror carries.
  test("a static pod of one whole CPU has one for itself on a worker that pins, by the record that isolation is verified with", async () => {
    looked = WORKER;
    expect(await configz(WORKER)).toMatchObject({
      cpuManagerPolicy: "static",
      systemReserved: { cpu: "500m" },
      maxPods: 90,
    });
    const resources = { cpu: "1", memory: "64Mi" };
    const manifest = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "pinned", namespace: "default" },
      spec: {
        hostNetwork: true,
        containers: [{ ...ANSWERING, resources: { requests: resources, limits: resources } }],
        volumes: [{ name: "config", hostPath: { path: "/etc/answering" } }],
      },
    };
    await onMachine(WORKER, ["mkdir", "-p", "/etc/answering"]);
    for (const [file, text] of [
      ["/etc/answering/Corefile", COREFILE],
      ["/etc/kubernetes/manifests/pinned.json", JSON.stringify(manifest)],
    ] as const) {
      await onMachine(WORKER, ["tee", file], { input: text });
    }
    const ready = () =>
      kubectl(["wait", "--for=condition=Ready", `pod/pinned-${WORKER}`, "--timeout=5s"]).then(
        () => true,
        () => false,
      );
    await until("the static pod to be Ready", ready, { seconds: 60, everyMs: 500 });
    const [pod] = await podsOf("--field-selector", `metadata.name=pinned-${WORKER}`);
    if (pod === undefined) throw new Error("the pod is gone");
    expect([pod.node, pod.qosClass]).toEqual([WORKER, "Guaranteed"]);
    const state = JSON.parse(await onMachine(WORKER, ["cat", "/var/lib/kubelet/cpu_manager_state"])) as {
      entries: Record<string, { answering: string }>;
    };
    expect(Object.keys(state.entries)).toEqual([pod.manifestHash]);
    const own = state.entries[pod.manifestHash]?.answering;
    expect(own).toMatch(/^[01]$/);
    const pid = await processOf({ ...pod, uid: pod.manifestHash }, "coredns");
    const allowed = await onMachine(WORKER, ["grep", "Cpus_allowed_list", `/proc/${pid}/status`]);
    figure("CPUs of the pinned pod", allowed);
    expect(allowed.split(/\s+/)[1]).toBe(own);
  });
});

describe("settings of the API server", () => {
  test("a Secret lies encrypted in etcd, and reads in plain through the API", async () => {
    await kubectl(["create", "secret", "generic", "kept", "--from-literal=word=unreadable-in-etcd"]);
    const pki = "/etc/kubernetes/pki/etcd";
    const key = Buffer.from("/registry/secrets/default/kept").toString("base64");
    const answer = await onMachine(MEMBER, [
      "curl",
      "-sf",
      "--cacert",
      `${pki}/ca.crt`,
      "--cert",
      `${pki}/peer.crt`,
      "--key",
      `${pki}/peer.key`,
      "-X",
      "POST",
      "-d",
      `'${JSON.stringify({ key })}'`,
      "https://127.0.0.1:2379/v3/kv/range",
    ]);
    const stored = Buffer.from(
      (JSON.parse(answer) as { kvs: { value: string }[] }).kvs[0]?.value ?? "",
      "base64",
    ).toString("latin1");
    expect(stored).toMatch(/^k8s:enc:secretbox:v1:rackplane:/);
    expect(stored).not.toContain("unreadable-in-etcd");
    expect(await kubectl(["get", "secret", "kept", "-o", "jsonpath={.data.word}"])).toBe(
      Buffer.from("unreadable-in-etcd").toString("base64"),
    );
  });

  test("the audit log says who made it and not what it says", async () => {
    const lines = await onMachine(MEMBER, ["grep", "-h", '\'"name":"kept"\'', "/var/log/kubernetes/audit/audit.log"]);
    expect(lines).toMatch(/"verb":"create"/);
    expect(lines).toMatch(/"username":/);
    expect(lines).not.toContain(Buffer.from("unreadable-in-etcd").toString("base64"));
  });

  test("its arguments and its certificate's names are the configured ones", async () => {
    const args = await onMachine(MEMBER, ["tr '\\0' '\\n' </proc/$(pidof kube-apiserver)/cmdline"]);
    expect(args).toMatch(/^--max-requests-inflight=300$/m);
    expect(args).toMatch(/^--audit-log-maxage=30$/m);
    const names = await onMachine(MEMBER, [
      "openssl",
      "x509",
      "-noout",
      "-ext",
      "subjectAltName",
      "-in",
      "/etc/kubernetes/pki/apiserver.crt",
    ]);
    expect(names).toContain("DNS:api.isolation.example");
  });

  test("no key, token or password can be read in logs, arguments or state", async () => {
    expect(await secretsInPlain(STACK, MEMBER)).toEqual([]);
  });
});

test("a machine behind a bastion is reached through it alone", async () => {
  looked = WORKER;
  await fail("reinstall", WORKER);
  const { machines } = await rackState();
  const bastion = machines.find(({ name }) => name === MEMBER);
  const behind = (text: string) =>
    text.replace(
      /(- \{ name: isolation-pinned-0, .*) \}/,
      `$1, bastion: { host: ${bastion?.address}, hostKey: '${bastion?.hostKey}' } }`,
    );
  const up = await withStackFile(STACK, behind, () => rackplane("up", "--stack", STACK));
  expect(up.code, up.output.slice(-4000)).toBe(0);
  // Preflight, preparation and membership; and this very command, which comes from the operator's own namespace.
  const from = await onMachine(WORKER, [
    "journalctl",
    "--no-pager",
    "-o",
    "cat",
    "-u",
    "ssh",
    "|",
    "grep",
    "-o",
    "'Accepted publickey for root from [0-9.]*'",
    "|",
    "sed",
    "'s/.* //'",
  ]);
  const [own, ...others] = from.split("\n").reverse();
  expect(own).not.toBe(bastion?.address);
  expect(others.length).toBeGreaterThanOrEqual(3);
  expect(new Set(others)).toEqual(new Set([bastion?.address]));
});
