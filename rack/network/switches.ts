import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { run, tail } from "../command";
import type { SwitchSession, Switches } from "../host";
import { identify, isAlive, killNow, nameOf } from "../machines/processes";
import { NETNS, STATE_DIR, SWITCHES } from "../topology";
import { birdConfig, type SwitchPlan } from "./bird-config";
import { configureRefusal, parseProtocols, parseRoutes, type SessionState, type SwitchRoute } from "./bird-output";
import { ip } from "./namespaces";
import { until } from "./until";

/** The site's two top-of-rack switches, and what a person may ask them. */
export interface BirdSwitches extends Switches {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Prefixes learnt over BGP, by switch, with every path's next hop; nothing of a switch without power. */
  routes(): Promise<SwitchRoute[]>;
  sessions(): Promise<SessionState[]>;
  /**
   * The power of one: its process is gone before it says a word, and so are its routes. A switch that is off already is
   * no error.
   */
  powerOff(name: string): Promise<void>;
  /** Starts it with what it was told last. */
  powerOn(name: string): Promise<void>;
  /** Closes every session of one switch once. @returns how many */
  resetSessions(name: string): Promise<number>;
  /** Gives one switch another password for each session than was agreed on, or the right one again. */
  wrongPassword(name: string, wrong: boolean): Promise<void>;
}

/** What the switches were told last. */
interface Told {
  readonly sessions: readonly SwitchSession[];
  readonly prefixes: readonly string[];
}

/** Priority of the rule by which the router also looks into the second switch's table. */
const RULE_PRIORITY = 32_800;

/**
 * Two BIRD processes in the router's namespace, each at its own address: BIRD runs no two protocols to
 * one neighbour. Each writes its routes to a kernel table of its own, so a VIP that only one of the
 * switches still hears is still reached.
 */
export function birdSwitches(options: { stateDir?: string } = {}): BirdSwitches {
  const directory = path.join(options.stateDir ?? STATE_DIR, "switches");
  const plans: SwitchPlan[] = SWITCHES.map((address, i) => {
    const name = "ab".charAt(i);
    return { name, address, kernelTable: i === 0 ? 254 : 100 + i, logFile: path.join(directory, `${name}.log`) };
  });
  const file = (plan: SwitchPlan, kind: "conf" | "ctl" | "pid") => path.join(directory, `${plan.name}.${kind}`);
  const ask = async (plan: SwitchPlan, ...words: string[]) =>
    (await run(["birdc", "-s", file(plan, "ctl"), ...words])).stdout;
  // Two configurations at once would end in the older one.
  let turn: Promise<void> = Promise.resolve();
  const inTurn = <T>(task: () => Promise<T>): Promise<T> => {
    const next = turn.then(task);
    turn = next.then(
      () => undefined,
      () => undefined,
    );
    return next;
  };
  let told: Told = { sessions: [], prefixes: [] };
  const off = new Set<string>();
  const wrong = new Set<string>();
  const on = () => plans.filter(({ name }) => !off.has(name));
  const planNamed = (name: string) => {
    const plan = plans.find(one => one.name === name);
    if (plan === undefined)
      throw new Error(`switch ${name}: found no such switch, expected one of ${plans.map(one => one.name).join(", ")}`);
    return plan;
  };

  const startOne = async (plan: SwitchPlan) => {
    fs.rmSync(file(plan, "ctl"), { force: true });
    writeSecret(file(plan, "conf"), birdConfig(plan, [], []));
    const log = fs.openSync(path.join(directory, `${plan.name}.out`), "a");
    const child = spawn(
      "nsenter",
      [
        `--net=/run/netns/${NETNS.router}`,
        "bird",
        "-f",
        "-c",
        file(plan, "conf"),
        "-s",
        file(plan, "ctl"),
        "-P",
        file(plan, "pid"),
      ],
      { detached: true, stdio: ["ignore", log, log] },
    );
    fs.closeSync(log);
    child.unref();
    child.on("error", () => undefined);
    const answers = async () =>
      (await run(["birdc", "-s", file(plan, "ctl"), "show", "status"], { accept: "any" })).code === 0;
    await until(`switch ${plan.name} to answer`, answers, {
      seconds: 10,
      hint: () => tail(fs.readFileSync(path.join(directory, `${plan.name}.out`), "utf8")) || "is bird2 installed?",
    });
  };

  const configureOne = async (plan: SwitchPlan, { sessions, prefixes }: Told) => {
    const had = wrong.has(plan.name)
      ? sessions.map(session => ({ ...session, md5: otherThan(session.md5) }))
      : sessions;
    writeSecret(file(plan, "conf"), birdConfig(plan, had, prefixes));
    const refusal = configureRefusal(await ask(plan, "configure"));
    if (refusal !== undefined) throw new Error(`switch ${plan.name} refused ${file(plan, "conf")}:\n${refusal}`);
  };

  return {
    async start() {
      fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
      const second = plans.filter(plan => plan.kernelTable !== 254);
      await ip(
        NETNS.router,
        second.map(plan => `rule add priority ${RULE_PRIORITY} lookup ${plan.kernelTable}`),
      );
      await Promise.all(plans.map(startOne));
    },
    async stop() {
      await Promise.all(
        plans.map(async plan => {
          if (!fs.existsSync(file(plan, "ctl"))) return;
          await run(["birdc", "-s", file(plan, "ctl"), "down"], { accept: "any" });
          await until(`switch ${plan.name} to end`, async () => !fs.existsSync(file(plan, "ctl")), { seconds: 10 });
        }),
      );
      await run(["ip", "-n", NETNS.router, "rule", "del", "priority", String(RULE_PRIORITY)], { accept: "any" });
    },
    configure: (sessions, prefixes) =>
      inTurn(async () => {
        await Promise.all(on().map(plan => configureOne(plan, { sessions, prefixes })));
        told = { sessions, prefixes };
      }),
    async routes() {
      return (
        await Promise.all(
          on().map(async plan => parseRoutes(plan.name, await ask(plan, "show", "route", "where source = RTS_BGP"))),
        )
      ).flat();
    },
    async sessions() {
      return (
        await Promise.all(on().map(async plan => parseProtocols(plan.name, await ask(plan, "show", "protocols"))))
      ).flat();
    },
    powerOff: name =>
      inTurn(async () => {
        const plan = planNamed(name);
        if (off.has(name)) return;
        // Its address first: what the kernel says for a process that is killed reaches no machine.
        await ip(NETNS.router, [`addr del ${plan.address}/32 dev lo`, `route add blackhole ${plan.address}/32`]);
        off.add(name);
        const pid = Number(fs.readFileSync(file(plan, "pid"), "utf8"));
        const bird = identify(pid);
        if (bird !== undefined && nameOf(pid) === "bird") killNow(bird);
        await until(`switch ${name} to end`, () => bird === undefined || !isAlive(bird), { seconds: 10 });
        await run(
          ["ip", "-n", NETNS.router, "route", "flush", "table", String(plan.kernelTable), "proto", "bird"],
          // Of a table that is empty.
          { accept: "any" },
        );
      }),
    powerOn: name =>
      inTurn(async () => {
        const plan = planNamed(name);
        if (!off.has(name)) return;
        await ip(NETNS.router, [`route del blackhole ${plan.address}/32`, `addr add ${plan.address}/32 dev lo`]);
        await startOne(plan);
        await configureOne(plan, told);
        off.delete(name);
      }),
    resetSessions: name =>
      inTurn(async () => {
        const plan = planNamed(name);
        const before = parseProtocols(name, await ask(plan, "show", "protocols")).filter(s => s.established);
        for (const { protocol } of before) await ask(plan, "restart", protocol);
        return before.length;
      }),
    wrongPassword: (name, isWrong) =>
      inTurn(async () => {
        const plan = planNamed(name);
        if (isWrong) wrong.add(name);
        else wrong.delete(name);
        if (!off.has(name)) await configureOne(plan, told);
      }),
  };
}

/** Another password, of the same length and signs as one that BIRD takes. */
const otherThan = (md5 = ""): string => `${md5.slice(1)}${md5.startsWith("x") ? "y" : "x"}`;

/** The configuration holds MD5 passwords: nobody but root reads it, at no moment. */
function writeSecret(file: string, text: string): void {
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}
