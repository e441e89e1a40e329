import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { run, tail } from "../command";
import type { SwitchTarget } from "../faults/fault";
import type { SwitchSession, Switches } from "../host";
import { NETNS, STATE_DIR, SWITCHES } from "../topology";
import { birdConfig, type SwitchPlan } from "./bird-config";
import { configureRefusal, parseProtocols, parseRoutes, type SessionState, type SwitchRoute } from "./bird-output";
import { ip } from "./namespaces";
import { until } from "./until";

/** The site's two top-of-rack switches, and what a person may ask them. */
export interface BirdSwitches extends Switches {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Prefixes learnt over BGP, by switch, with every path's next hop. */
  routes(): Promise<SwitchRoute[]>;
  sessions(): Promise<SessionState[]>;
  /**
   * One of them, to be broken: `a` or `b`.
   *
   * @throws Error when there is none of that name
   */
  target(name: string): SwitchTarget;
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
  const inTurn = (task: () => Promise<void>): Promise<void> => {
    const next = turn.then(task);
    turn = next.catch(() => undefined);
    return next;
  };
  /** What both were told last; a switch that comes back is told it, too. */
  let wanted: { readonly sessions: readonly SwitchSession[]; readonly prefixes: readonly string[] } = {
    sessions: [],
    prefixes: [],
  };
  const away = new Set<string>();
  const mistrusting = new Set<string>();

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

  const configureOne = async (plan: SwitchPlan) => {
    if (away.has(plan.name)) return;
    const sessions = mistrusting.has(plan.name) ? wanted.sessions.map(withAnotherPassword) : wanted.sessions;
    writeSecret(file(plan, "conf"), birdConfig(plan, sessions, wanted.prefixes));
    const refusal = configureRefusal(await ask(plan, "configure"));
    if (refusal !== undefined) throw new Error(`switch ${plan.name} refused ${file(plan, "conf")}:\n${refusal}`);
  };

  const there = () => plans.filter(plan => !away.has(plan.name));
  const stopOne = async (plan: SwitchPlan) => {
    if (!fs.existsSync(file(plan, "ctl"))) return;
    await run(["birdc", "-s", file(plan, "ctl"), "down"], { accept: "any" });
    await until(`switch ${plan.name} to end`, async () => !fs.existsSync(file(plan, "ctl")), { seconds: 10 });
  };
  const filter = (rules: string) =>
    run(["ip", "netns", "exec", NETNS.router, "nft", "-f", "-"], { input: `${rules}\n` });

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
      await Promise.all(plans.map(stopOne));
      await run(["ip", "-n", NETNS.router, "rule", "del", "priority", String(RULE_PRIORITY)], { accept: "any" });
    },
    configure: (sessions, prefixes) =>
      inTurn(async () => {
        wanted = { sessions, prefixes };
        await Promise.all(plans.map(configureOne));
      }),
    async routes() {
      return (
        await Promise.all(
          there().map(async plan => parseRoutes(plan.name, await ask(plan, "show", "route", "where source = RTS_BGP"))),
        )
      ).flat();
    },
    async sessions() {
      return (
        await Promise.all(there().map(async plan => parseProtocols(plan.name, await ask(plan, "show", "protocols"))))
      ).flat();
    },
    target(name) {
      const plan = plans.find(one => one.name === name);
      if (plan === undefined)
        throw new Error(`switch ${name}: found no such switch, expected one of: ${plans.map(p => p.name).join(", ")}`);
      return {
        // Its farewell to the machines is dropped; what it has in the kernel's table goes with it.
        down: () =>
          inTurn(async () => {
            await filter(silencing(plan));
            away.add(plan.name);
            await stopOne(plan);
          }),
        up: () =>
          inTurn(async () => {
            await startOne(plan);
            away.delete(plan.name);
            await configureOne(plan);
            await filter(`delete table ip ${silenceTable(plan)}`);
          }),
        resetSessions: () => inTurn(async () => void (await ask(plan, "restart", '"s_*"'))),
        mistrust: wrong =>
          inTurn(async () => {
            if (wrong) mistrusting.add(plan.name);
            else mistrusting.delete(plan.name);
            await configureOne(plan);
          }),
      };
    },
  };
}

const silenceTable = ({ name }: SwitchPlan): string => `rackplane_switch_${name}`;

/** Drops what is said to a switch and by it. */
const silencing = (plan: SwitchPlan): string =>
  [
    `add table ip ${silenceTable(plan)}`,
    ...(["input", "output"] as const).flatMap(hook => [
      `add chain ip ${silenceTable(plan)} ${hook} { type filter hook ${hook} priority -300; }`,
      `add rule ip ${silenceTable(plan)} ${hook} ip ${hook === "input" ? "daddr" : "saddr"} ${plan.address} drop`,
    ]),
  ].join("\n");

/** One without a password gets one. */
const withAnotherPassword = (session: SwitchSession): SwitchSession => ({
  ...session,
  md5: `${session.md5 ?? ""}-another`,
});

/** The configuration holds MD5 passwords: nobody but root reads it, at no moment. */
function writeSecret(file: string, text: string): void {
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.renameSync(`${file}.new`, file);
}
