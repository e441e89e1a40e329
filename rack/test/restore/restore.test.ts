import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { fail, figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { backupsSeenBy, backUpOn, timerOn } from "../../../bench/scenarios/backups";
import { kubectlWith, outputsOf, type Outputs } from "../../../bench/scenarios/clients";
import { askEtcd } from "../../../bench/scenarios/etcd";
import { upDisturbedAt } from "../../../bench/scenarios/interrupted-up";
import { secretInEtcd, withSettings } from "../../../bench/scenarios/settings";
import { kubectl, onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";

const STACK = "rack-restore";
const MEMBERS = ["restore-cp-0", "restore-cp-1", "restore-cp-2"];
const [FIRST = "", SECOND = ""] = MEMBERS;
const WORKER = "restore-general-0";
const well = whole(3, { workers: 1 });
const STORE = "https://192.0.2.2:7070/backups/restore";
/** Seconds from `up` to every Node Ready, of a cluster of which all members were lost. */
const GOAL = 120;

const restoring = <T>(generation: number, act: () => Promise<T>): Promise<T> =>
  withSettings(
    STACK,
    {
      lines: [
        `rackplane:restore: { generation: ${generation}, from: { kind: s3, endpoint: "https://192.0.2.2:7070", bucket: backups, accessKey: rackplane } }`,
      ],
    },
    act,
  );
const up = () => rackplane("up", "--stack", STACK);
const revisionOn = async (machine: string): Promise<number> =>
  Number((await askEtcd<{ header: { revision: string } }>(machine, "maintenance/status")).header.revision);
const there = async (name: string): Promise<boolean> =>
  (await kubectl(["get", "configmap", name, "--ignore-not-found", "-o", "name"])) !== "";
/** A kubelet that was started anew, or a worker that joined anew, has another one. */
const lifeOf = (machine: string): Promise<string> =>
  onMachine(machine, [
    "systemctl show -p ExecMainStartTimestampMonotonic --value kubelet; stat -c %i /etc/kubernetes/kubelet.conf",
  ]);
const loseAll = async (): Promise<void> => {
  for (const machine of MEMBERS) await fail("reinstall", machine);
};

describe("backups and restore", () => {
  let before: Outputs;
  let life: string;
  let revision: number;

  beforeAll(() => freshStack(STACK, well));
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of MEMBERS) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  test("three timers at once make one backup in the shared store, and one on each machine", async () => {
    for (const machine of MEMBERS)
      expect(await onMachine(machine, ["systemctl", "is-active", "rackplane-backup-due.timer"])).toBe("active");
    const begin = Date.now();
    await Promise.all(MEMBERS.map(timerOn));
    figure("seconds for three timers at once", ((Date.now() - begin) / 1000).toFixed(0));
    for (const machine of MEMBERS) {
      const seen = await backupsSeenBy(machine);
      expect(seen.map(({ store }) => store).sort()).toEqual([STORE, "this machine"].sort());
      expect(seen.every(({ bytes }) => bytes > 1_000_000)).toBe(true);
    }
    // Nothing is due any more.
    await Promise.all(MEMBERS.map(timerOn));
    expect((await backupsSeenBy(FIRST)).length).toBe(2);
    const doctor = await rackplane("doctor", "--stack", STACK);
    expect(doctor.code, doctor.output).toBe(0);
  });

  test("as many are kept as the stack file says", async () => {
    for (let i = 0; i < 3; i++) await backUpOn(SECOND);
    const seen = await backupsSeenBy(FIRST);
    expect(seen.filter(({ store }) => store === STORE).length).toBe(3);
  });

  test("a restore over a cluster that lives is refused, and changes nothing", async () => {
    await kubectl(["create", "configmap", "before", "--from-literal=word=kept"]);
    await kubectl(["create", "secret", "generic", "sealed", "--from-literal=word=kept"]);
    expect(await secretInEtcd(FIRST, "default", "sealed")).toMatch(/^k8s:enc:secretbox:/);
    const refused = await restoring(1, up);
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(/restorable: .*this machine has the data of a cluster/);
    await until("the cluster to be whole", 60, well);
    expect(await there("before")).toBe(true);
  });

  test("of a cluster all of whose members were lost, a restore brings back what was backed up, with the same keys, and the worker is not touched", async () => {
    before = await outputsOf(STACK);
    await backUpOn(FIRST);
    await kubectl(["create", "configmap", "after"]);
    revision = await revisionOn(FIRST);
    life = await lifeOf(WORKER);
    await loseAll();

    const restored = await restoring(1, up);
    expect(restored.code, restored.output.slice(-6000)).toBe(0);
    await until("the cluster to be whole", 60, well);
    figure("seconds of `up` after the loss of every member", restored.seconds.toFixed(0));
    expect((await outputsOf(STACK)).caCertificate).toBe(before.caCertificate);
    expect((await kubectlWith(before.kubeconfig, ["get", "nodes", "-o", "name"])).answer.split("\n").length).toBe(4);
    expect([await there("before"), await there("after")]).toEqual([true, false]);
    expect(await kubectl(["get", "secret", "sealed", "-o", "jsonpath={.data.word}"])).toBe(
      Buffer.from("kept").toString("base64"),
    );
    expect(await revisionOn(FIRST)).toBeGreaterThan(revision + 999_000_000);
    expect(await lifeOf(WORKER)).toBe(life);
    // What workers and controllers know of before is asked anew: pods run again.
    await kubectl(["run", "again", "--image", "registry.k8s.io/pause:3.10.1"]);
    await kubectl(["wait", "pod", "again", "--for=condition=Ready", "--timeout=60s"]);
    expect(restored.seconds).toBeLessThanOrEqual(GOAL);
  });

  test("`up` with the restore still in the stack file changes nothing", async () => {
    const again = await restoring(1, up);
    expect(again.code, again.output).toBe(0);
    expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  });

  test("a restore that is killed is done by the next `up`, once", async () => {
    await backUpOn(FIRST);
    await loseAll();
    await restoring(2, async () => {
      const killed = await upDisturbedAt(
        /restore init: kubeadm init/,
        async () => {
          await onMachine(FIRST, ["systemctl kill --signal=KILL rackplane-restore.service"]);
        },
        "--stack",
        STACK,
      );
      expect(killed.code).not.toBe(0);
      const restored = await up();
      expect(restored.code, restored.output.slice(-6000)).toBe(0);
    });
    await until("the cluster to be whole", 60, well);
    expect(await there("before")).toBe(true);
    expect((await kubectlWith(before.kubeconfig, ["get", "nodes", "-o", "name"])).answer.split("\n").length).toBe(4);
    expect((await statusNow()).endpoint?.answers).toBe(true);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
