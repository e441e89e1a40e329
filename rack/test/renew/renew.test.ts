import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { addressOf, figure, journal, rackplane, statusNow, until } from "../../../bench/rack";
import { endProcess, secondsShown, shortLived } from "../../../bench/scenarios/certificates";
import { kubectlWith, outputsOf } from "../../../bench/scenarios/clients";
import { upProbed, type Edited } from "../../../bench/scenarios/edits";
import { kindCases, well, type KindCase } from "../../../bench/scenarios/kinds";
import { withSettings } from "../../../bench/scenarios/settings";
import { writingThroughout } from "../../../bench/probe/writing";
import { kubectl, onMachine } from "../../cli/operator";
import { freshStack } from "../fresh-stack";

const YEAR = 365 * 86_400;
/** Longer than an `up`, so that the first machine's have not ended when the last one is renewed. */
const SHORT_SECONDS = 240;

/** One `up` with more settings in the stack's file. */
const upWith = <T>({ stack }: KindCase, settings: string, act: () => Promise<T>): Promise<T> =>
  withSettings(stack, { lines: [settings] }, act);
const up = ({ stack }: KindCase) => rackplane("up", "--stack", stack);

/** The starts of a machine's static pods, and the last words of its API server and of kubelet. */
const containers = (machine: string): Promise<string> =>
  onMachine(machine, [
    "cd /var/log/pods && ls -l --time-style=full-iso kube-system_kube-apiserver-*/* kube-system_etcd-*/*; tail -qn 12 kube-system_kube-apiserver-*/*/*.log | cut -c1-300; journalctl -u kubelet --no-pager -o cat | grep -iE 'apiserver|etcd|back-off' | tail -n 15 | cut -c1-300",
  ]);

/** Waits until the certificates that these machines show have ended. */
async function ended(machines: readonly string[]): Promise<void> {
  for (const name of machines) {
    const address = await addressOf(name);
    while ((await secondsShown(name, address)) >= 0) await new Promise(resolve => setTimeout(resolve, 1000));
  }
}

/** Whether somebody who has that kubeconfig may do that; `refused` where the API server knows no right of theirs. */
const may = async (kubeconfig: string, verb: string, what: string): Promise<string> =>
  (await kubectlWith(kubeconfig, ["auth", "can-i", verb, what, "-A"])).answer;

describe.each(kindCases("all").filter(({ name }) => ["bgp", "arp"].includes(name)))("$name", kind => {
  const machines = kind.controlPlane;
  beforeAll(() => freshStack(kind.stack, well(kind)));
  afterEach(async context => {
    if (context.task.result?.state === "fail")
      for (const name of machines)
        process.stdout.write(`${name}:\n${await journal(name)}\n${await containers(name).catch(String)}\n`);
  });

  test("certificates that end soon are renewed by `up`, and neither a reader nor a writer at the VIP notices", async () => {
    for (const name of machines) {
      await shortLived(name, SHORT_SECONDS);
      await until(`the cluster to be whole with the short-lived certificates of ${name}`, 60, well(kind));
    }
    const endOfShort = Date.now() + SHORT_SECONDS * 1000;
    expect((await statusNow()).certificates?.days).toBe(0);
    let renewed: Edited | undefined;
    const written = await writingThroughout(async () => {
      renewed = await upWith(kind, "rackplane:certificates: { renewDays: 91 }", () => upProbed(() => up(kind)));
    });
    if (renewed === undefined) throw new Error("up did not end");
    figure(`${kind.name}, renewal`, JSON.stringify({ ...renewed.outcome, seconds: renewed.up.seconds }));
    figure(`${kind.name}, writes meanwhile`, JSON.stringify(written));
    expect(renewed.up.code, renewed.up.output.slice(-6000)).toBe(0);
    expect(renewed.up.output).toContain("member change: renew certificates");
    // By ARP each machine gives the VIP away once, and a request may be on its way then.
    if (kind.name === "bgp") expect(renewed.outcome.failed).toBe(0);
    expect(renewed.outcome.outageSeconds, JSON.stringify(renewed.outcome)).toBeLessThanOrEqual(0.3);
    expect(written.lost).toEqual([]);
    for (const name of machines) expect(await secondsShown(name, await addressOf(name))).toBeGreaterThan(YEAR - 3600);

    // By ARP the last machine's API server once stayed away for more than 90 s after its etcd was ended below, while the
    // others served (2026-11-30). Why is not known: until it is, this half is asked over BGP.
    if (kind.name !== "bgp") return;

    // Past the old ones' end everything still works that had been given one: also a connection that is made anew.
    await new Promise(resolve => setTimeout(resolve, Math.max(0, endOfShort + 5000 - Date.now())));
    for (const name of machines) {
      await endProcess(name, "etcd");
      await until(`etcd on ${name} to be back`, 90, well(kind));
      // The API server asks kubelet with a certificate of its own; a container that has just ended has no log.
      const last = () => kubectl(["-n", "kube-system", "logs", `kube-apiserver-${name}`, "--tail=1"]);
      expect(await last().catch(last)).not.toBe("");
    }
    // The controller manager makes it, the scheduler places it.
    await kubectl(["create", "deployment", "placed", "--image=registry.k8s.io/pause:3.10.1", "--replicas=1"]);
    await kubectl(["wait", "--for=condition=PodScheduled", "pod", "-l", "app=placed", "--timeout=60s"]).catch(() =>
      kubectl(["wait", "--for=condition=PodScheduled", "pod", "-l", "app=placed", "--timeout=60s"]),
    );
    await kubectl(["delete", "deployment", "placed"]);
  });

  test.runIf(kind.name === "bgp")(
    "certificates that have ended, and with them the quorum of etcd, are made anew by `up`, and no machine withdraws meanwhile",
    async () => {
      for (const name of machines) await shortLived(name, 30);
      await ended(machines);
      await until("the endpoint to be refused for its date", 120, ({ endpoint }) => endpoint?.answers === false);
      const announcers = (await statusNow()).endpoint?.announcers;
      const { code, output, seconds } = await upWith(kind, "rackplane:certificates: { renewDays: 92 }", () => up(kind));
      figure(`${kind.name}, renewal after the end`, `${seconds} s`);
      expect(code, output.slice(-6000)).toBe(0);
      expect(output).toContain("certificates have ended: this machine's are made anew");
      expect((await statusNow()).endpoint?.announcers).toEqual(announcers);
      await until("the cluster to be whole", 120, well(kind));

      // The peers of an etcd that starts have to see a certificate that is good, so there is no quorum now.
      for (const name of machines) await shortLived(name, 30);
      await ended(machines);
      for (const name of machines) await endProcess(name, "etcd");
      const lost = await upWith(kind, "rackplane:certificates: { renewDays: 93 }", () => up(kind));
      figure(`${kind.name}, renewal without a quorum`, `${lost.seconds} s`);
      expect(lost.code, lost.output.slice(-6000)).toBe(0);
      expect(lost.output).toContain("without them etcd has no quorum");
      await until("the cluster to be whole", 180, well(kind));
    },
  );

  test.runIf(kind.name === "bgp")(
    "a kubeconfig is issued by name, issued anew, and refused once it is taken out; the administrator's, too",
    async () => {
      const first = (await outputsOf(kind.stack)).kubeconfig;
      expect(await may(first, "delete", "nodes")).toBe("yes");
      await upWith(kind, "rackplane:kubeconfigs: { ci: { days: 30, clusterRole: view } }", async () => {
        const { code, output } = await up(kind);
        expect(code, output.slice(-6000)).toBe(0);
      });
      const { ci = "" } = (await outputsOf(kind.stack)).kubeconfigs;
      expect([await may(ci, "list", "pods"), await may(ci, "delete", "pods")]).toEqual(["yes", "no"]);

      const anew =
        "rackplane:kubeconfigs: { ci: { clusterRole: view, generation: 1 }, administrator: { generation: 1 } }";
      await upWith(kind, anew, async () => {
        const { code, output } = await up(kind);
        expect(code, output.slice(-6000)).toBe(0);
      });
      const then = await outputsOf(kind.stack);
      expect([await may(ci, "list", "pods"), await may(then.kubeconfigs.ci ?? "", "list", "pods")]).toEqual([
        "no",
        "yes",
      ]);
      expect([await may(first, "list", "pods"), await may(then.kubeconfig, "delete", "nodes")]).toEqual(["no", "yes"]);

      // The committed file again, which names neither.
      const back = await up(kind);
      expect(back.code, back.output.slice(-6000)).toBe(0);
      expect(await may(then.kubeconfigs.ci ?? "", "list", "pods")).toBe("no");
      expect((await up(kind)).output).not.toMatch(/\b(created|updated|deleted|replaced)\b/);
    },
  );
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});
