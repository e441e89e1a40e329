import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { alarmsOf, compact, databaseOf, empty, etcdArguments, fill } from "../../../bench/scenarios/etcd";
import { figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { upProbed, type Edited } from "../../../bench/scenarios/edits";
import { withSettings } from "../../../bench/scenarios/settings";
import { writingThroughout } from "../../../bench/probe/writing";
import { probingThroughout } from "../../../bench/probe/probing";
import { kubectl, onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";
import { expectUnnoticed } from "../unnoticed";

const STACK = "rack-bgp";
const MEMBERS = ["bgp-cp-0", "bgp-cp-1", "bgp-cp-2"];
const [FIRST = ""] = MEMBERS;
const well = whole(3);
const MIB = 1024 * 1024;

/** One `up` with more settings in the stack's file. */
const upWith = (settings: string): Promise<Edited> =>
  withSettings(STACK, { lines: [settings] }, () => upProbed(() => rackplane("up", "--stack", STACK)));
const etcd = (fields: string): string => `rackplane:etcd: { ${fields} }`;
/** Small enough to be used up in a minute. */
const SMALL = `quotaBytes: ${64 * MIB}`;
const TIMER = "defragment: { timer: true, freePercent: 30, leastBytes: 1048576 }";

describe("etcd", () => {
  beforeAll(() => freshStack(STACK, well));
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of MEMBERS) process.stdout.write(`${name}:\n${await journal(name)}\n`);
  });

  test("gets another quota and compaction on every member by one `up`, and neither a reader nor a writer at the VIP notices", async () => {
    let edited: Edited | undefined;
    const written = await writingThroughout(async () => {
      edited = await upWith(etcd(`${SMALL}, autoCompaction: { mode: periodic, retention: 10m }`));
    });
    if (edited === undefined) throw new Error("up did not end");
    const { up, outcome } = edited;
    figure("another quota: seconds of `up`", up.seconds.toFixed(0));
    figure("failed of read", `${outcome.failed}/${outcome.total}, outage ${outcome.outageSeconds} s`);
    figure(
      "attempts that failed, of writes; lost",
      `${written.failedAttempts}/${written.asked}; ${written.lost.length}`,
    );
    expect(up.code, up.output.slice(-6000)).toBe(0);
    // The engine's preview says so before the machine does.
    expect(up.output).toContain(
      `1. ${FIRST}: etcd restarts with --auto-compaction-mode=periodic --auto-compaction-retention=10m --quota-backend-bytes=${64 * MIB}`,
    );
    expect(up.output).toContain(
      `member change: etcd restarts with --auto-compaction-mode=periodic --auto-compaction-retention=10m --quota-backend-bytes=${64 * MIB}`,
    );
    for (const machine of MEMBERS)
      expect(await etcdArguments(machine)).toMatchObject({
        "quota-backend-bytes": String(64 * MIB),
        "auto-compaction-mode": "periodic",
        "auto-compaction-retention": "10m",
        // A cluster that exists: kubeadm writes the manifest as for a new one.
        "initial-cluster-state": "existing",
      });
    const document = ["get", "configmap", "kubeadm-config", "-n", "kube-system", "-o"];
    expect(await kubectl([...document, "jsonpath={.data.ClusterConfiguration}"])).toContain("quota-backend-bytes");
    await until("the cluster to be whole", 60, well);
    expectUnnoticed({ read: outcome, written });
  });

  test("keeps its folder: another one is foreseen by the preview, refused by the first machine, and changes nothing", async () => {
    const { up, outcome } = await upWith(etcd(`${SMALL}, dataDirectory: /data/etcd`));
    expect(up.code).not.toBe(0);
    expect(up.output).toContain(`1. ${FIRST}: will be refused: etcd.dataDirectory is kept in a running cluster`);
    expect(up.output).toMatch(
      /etcd\.dataDirectory: found \/data\/etcd, expected \/var\/lib\/etcd.*nothing was changed/,
    );
    expect(outcome.failed).toBe(0);
  });

  test("is defragmented by the members' timers one at a time, the leader last, and nobody notices", async () => {
    const { up } = await upWith(etcd(`${SMALL}, ${TIMER}`));
    expect(up.code, up.output.slice(-6000)).toBe(0);
    for (const machine of MEMBERS)
      expect(await onMachine(machine, ["systemctl", "is-active", "rackplane-defragment-due.timer"])).toBe("active");
    const { written: count } = await fill("fragment", 30);
    await empty("fragment", count);
    await compact(FIRST);
    // The answer is of the member that was asked; the others compact in their own time.
    const before = await vi.waitFor(
      async () => {
        const databases = await Promise.all(MEMBERS.map(databaseOf));
        for (const { size, inUse } of databases) expect((size - inUse) / size).toBeGreaterThan(0.3);
        return databases;
      },
      { timeout: 60_000, interval: 1000 },
    );
    const leader = MEMBERS[before.findIndex(({ leads }) => leads)] ?? "";

    let ofWrites: Awaited<ReturnType<typeof writingThroughout>> | undefined;
    const read = await probingThroughout(async () => {
      ofWrites = await writingThroughout(async () => {
        // What the timers do, all in the same moment; then once more for the member that led.
        for (let hour = 0; hour < 2; hour++)
          await Promise.all(
            MEMBERS.map(machine =>
              onMachine(machine, ["systemctl start rackplane-defragment-due.service"], { timeoutSeconds: 300 }),
            ),
          );
      });
    });
    const after = await Promise.all(MEMBERS.map(databaseOf));
    figure("MiB before", before.map(({ size }) => (size / MIB).toFixed(0)).join(" "));
    figure("MiB after", after.map(({ size }) => (size / MIB).toFixed(0)).join(" "));
    figure("failed of read; lost writes", `${read.failed}/${read.total}; ${ofWrites?.lost.length ?? 0}`);
    for (const { size, inUse } of after) expect((size - inUse) / size).toBeLessThan(0.3);
    const words =
      "journalctl -u rackplane-defragment --no-pager -o short-unix | grep -E 'etcd here has|are given back|goes last'";
    const said = (
      await Promise.all(
        MEMBERS.map(async machine =>
          (await onMachine(machine, [words])).split("\n").map(line => `${line} on ${machine}`),
        ),
      )
    )
      .flat()
      .sort();
    process.stdout.write(`${said.join("\n")}\n`);
    // Begun and ended by turns: never two at once.
    const turns = said.flatMap(line =>
      line.includes("etcd here has") ? ["begins"] : line.includes("given back") ? ["ends"] : [],
    );
    expect(turns).toEqual(MEMBERS.flatMap(() => ["begins", "ends"]));
    expect(said.findIndex(line => line.includes("etcd here has") && line.endsWith(` on ${leader}`))).toBe(
      said.findLastIndex(line => line.includes("etcd here has")),
    );
    if (ofWrites === undefined) throw new Error("nothing was written");
    expectUnnoticed({ read, written: ofWrites });
  });

  test("that has used up its quota says so in `status` and to the doctor, and takes writes again after something was deleted", async () => {
    const { written, refused } = await fill("full", 150);
    expect(refused).toBe(true);
    expect(await alarmsOf(FIRST)).toContain("NOSPACE");
    const doctor = await rackplane("doctor", "--stack", STACK);
    expect(doctor.output).toMatch(/the alarm NOSPACE of member \d+.*takes no writes: delete what fills it/);
    // Nothing was deleted yet: the alarm stays, and the machine says what to do.
    const still = await onMachine(FIRST, ["/opt/rackplane/bin/rackplane defragment-due 2>&1 || true"], {
      timeoutSeconds: 300,
    });
    expect(still).toMatch(/no room was made|expected a tenth of it free/);
    expect(await alarmsOf(FIRST)).toContain("NOSPACE");

    await empty("full", written);
    const begin = Date.now();
    const mended = await onMachine(FIRST, ["/opt/rackplane/bin/rackplane defragment-due 2>&1"], {
      timeoutSeconds: 300,
    });
    figure("seconds until a used-up quota has room again", ((Date.now() - begin) / 1000).toFixed(0));
    expect(mended).toContain("etcd takes writes again");
    expect(await alarmsOf(FIRST)).toEqual([]);
    await kubectl(["create", "configmap", "after"]);
    await until("the cluster to be whole", 120, well);
  });

  test("that has used up its quota gets a larger one by `up`, though its lock is a write", async () => {
    const { refused } = await fill("more", 150);
    expect(refused).toBe(true);
    const { up } = await upWith(etcd(`quotaBytes: ${512 * MIB}, ${TIMER}`));
    figure("a larger quota for one that is used up: seconds of `up`", up.seconds.toFixed(0));
    expect(up.code, up.output.slice(-6000)).toBe(0);
    // Where compaction makes no room, the other members get theirs before the alarm is taken back (membership/space.sh).
    expect(up.output).toContain("etcd takes writes again");
    expect(await alarmsOf(FIRST)).toEqual([]);
    for (const machine of MEMBERS)
      expect((await etcdArguments(machine))["quota-backend-bytes"]).toBe(String(512 * MIB));
    await until("the cluster to be whole", 120, well);
    const again = await upWith(etcd(`quotaBytes: ${512 * MIB}, ${TIMER}`));
    expect(again.up.output).not.toContain("member change");
  });

  test("and its machines stay as they are where packages are named at the versions that they have", async () => {
    const version = await onMachine(FIRST, ["dpkg-query -W -f '${Version}' containerd"]);
    const { up, outcome } = await upWith(`rackplane:packages: { containerd: "${version}" }`);
    expect(up.code, up.output.slice(-6000)).toBe(0);
    // etcd's settings are taken out by the same edit, which is a change; containerd is none.
    expect(up.output).not.toContain("bring containerd from");
    expect(outcome.failed).toBe(0);
    expect((await statusNow()).endpoint?.answers).toBe(true);
  });
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
