import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { probing, probingThroughout } from "../../../bench/probe/probing";
import { fail, figure, journal, rackplane, statusNow, until, whole } from "../../../bench/rack";
import { shiftClock } from "../../../bench/scenarios/clock";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";

/** What one machine of the stack rack can have without the others: a file moved aside, a full disk. */
const MACHINE = "lab-cp-1";
const MANIFEST = "/etc/kubernetes/manifests/kube-apiserver.yaml";

beforeAll(() => freshStack("rack", whole(3)));
afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${MACHINE}:\n${await journal(MACHINE)}\n`);
});
afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

test("a voter whose API server's manifest was moved aside is named by an edit, and neither evicted nor wiped", async () => {
  const voters = (await statusNow()).etcd;
  await onMachine(MACHINE, ["mv", MANIFEST, "/root/kube-apiserver.yaml"]);
  await until("it to withdraw", 60, ({ endpoint }) => endpoint?.announcers.includes(MACHINE) === false);
  const edit = (text: string) =>
    text.replace(/(rackplane:machines:)/, "rackplane:endpoint: { kind: kube-vip-bgp, holdSeconds: 6 }\n  $1");
  let output = "";
  const outcome = await probingThroughout(() =>
    withStackFile("rack", edit, async () => {
      const up = await rackplane("up");
      expect(up.code).not.toBe(0);
      output = up.output;
    }),
  );
  figure("an edit while a manifest is aside", JSON.stringify(outcome));
  expect(output).toMatch(/kube-apiserver\.yaml is missing; expected it to be there; put it back/);
  expect((await statusNow()).etcd).toEqual(voters);
  expect(outcome.outageSeconds).toBeLessThanOrEqual(0.5);
  await onMachine(MACHINE, ["mv", "/root/kube-apiserver.yaml", MANIFEST]);
  const back = await rackplane("up");
  expect(back.code, back.output.slice(-4000)).toBe(0);
  await until("the cluster to be whole again", 120, whole(3));
});

test("a machine with a full disk withdraws with its API server and announces again, also after the announcer's restart", async () => {
  await onMachine(MACHINE, [FILL]);
  try {
    await onMachine(MACHINE, ["systemctl", "restart", "rackplane-announcer"]);
    const outcome = await probing(() => fail("kill-apiserver", MACHINE), 40);
    figure("an API server killed on a full disk", JSON.stringify(outcome));
    expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
    await until("it to announce again", 60, ({ endpoint }) => endpoint?.announcers.includes(MACHINE) === true);
    expect(await onMachine(MACHINE, ["df --output=avail /var/lib/rackplane | tail -n 1 | tr -d ' '"])).toBe("0");
  } finally {
    await onMachine(MACHINE, ["umount /var/lib/rackplane && systemctl restart rackplane-announcer"]);
  }
  await until("the cluster to be whole again", 120, whole(3));
});

test("an announcer whose date is set back by four minutes, or forward, withdraws as soon as ever", async () => {
  const clock = await shiftClock(MACHINE);
  try {
    for (const shift of [-240, 240]) {
      await clock.set(shift);
      const outcome = await probing(() => fail("kill-apiserver", MACHINE), 40);
      figure(`an API server killed, the date ${shift} s from the host's`, JSON.stringify(outcome));
      expect(outcome.outageSeconds).toBeLessThanOrEqual(2);
      await until("it to announce again", 60, ({ endpoint }) => endpoint?.announcers.includes(MACHINE) === true);
      // When it says that it announced, by its own date, which is the shifted one.
      const [, said = ""] = (await onMachine(MACHINE, ["cat", "/run/rackplane/announcing"])).split(" ");
      expect(Math.abs(Number(said) - Date.now() / 1000 - shift)).toBeLessThan(120);
    }
  } finally {
    await clock.end();
  }
  await until("the cluster to be whole again", 60, whole(3));
});

/** What the program keeps there lies on a small disk instead, which is full. */
const FILL = [
  "mkdir -p /run/small && mount -t tmpfs -o size=2m,mode=0755 small /run/small",
  "cp -a /var/lib/rackplane/. /run/small/",
  "(cat /dev/zero >/run/small/filler 2>/dev/null || true)",
  "mount --bind /run/small /var/lib/rackplane",
  "umount -l /run/small",
].join(" && ");
