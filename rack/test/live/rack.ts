import execa from "execa";
import * as path from "node:path";
import { expect } from "vitest";
import { inOps, operatorFiles, onMachine } from "../../cli/operator";
import { REPOSITORY } from "../../cli/paths";
import type { Status } from "../../cli/status";
import type { Outcome } from "../../../bench/probe/outcome";

const TSX = require.resolve("tsx/cjs");

/** `./rackplane ARGS`, as a person would; output goes to the test's log. */
export async function rackplane(...args: string[]): Promise<{ code: number; output: string; seconds: number }> {
  const begin = Date.now();
  const child = await execa(path.join(REPOSITORY, "rackplane"), args, { reject: false, all: true, stdin: "ignore" });
  return { code: child.exitCode ?? 1, output: child.all ?? "", seconds: (Date.now() - begin) / 1000 };
}

export async function statusNow(): Promise<Status> {
  const { stdout } = await execa(path.join(REPOSITORY, "rackplane"), ["status", "--json"], { stdin: "ignore" });
  return JSON.parse(stdout) as Status;
}

/** Waits until a condition on the status holds. */
export async function until(
  what: string,
  seconds: number,
  holds: (now: Status) => boolean,
): Promise<{ seconds: number; now: Status }> {
  const begin = Date.now();
  for (;;) {
    const now = await statusNow();
    const waited = (Date.now() - begin) / 1000;
    if (holds(now)) return { seconds: waited, now };
    if (waited > seconds) throw new Error(`waited ${seconds} s for ${what}; last status: ${JSON.stringify(now)}`);
    await new Promise(resolve => setTimeout(resolve, 300));
  }
}

/** Breaks something, or ends that, as a person would. */
const faultily =
  (verb: "fail" | "heal") =>
  async (fault: string, machine: string): Promise<void> => {
    const { code, output } = await rackplane(verb, fault, machine);
    expect(code, output).toBe(0);
  };
export const fail = faultily("fail");
export const heal = faultily("heal");

/** Everything runs, is Ready, healthy and announced: so many members, each of which announces unless said otherwise. */
export const whole =
  (members: number, { workers = 0, balancers = 0, announcers = members } = {}) =>
  (now: Status): boolean =>
    now.machines.length === members + workers + balancers &&
    now.machines.every(m => m.state === "running") &&
    now.nodes.length === members + workers &&
    now.nodes.every(n => n.ready) &&
    now.etcd.members === members &&
    now.etcd.healthy === members &&
    now.etcd.learners === 0 &&
    now.endpoint?.answers === true &&
    now.endpoint.announcers.length === announcers;

/** Probes the endpoint at 20 new connections a second for so many seconds; `act` runs after the first three of them. */
export async function probing(act: () => Promise<void>, seconds: number): Promise<Outcome> {
  const probe = startProbe(seconds);
  await new Promise(resolve => setTimeout(resolve, 3000));
  await act();
  return outcomeOf(probe);
}

/** The same for as long as `act` takes, and three seconds before and after it. */
export async function probingThroughout(act: () => Promise<void>): Promise<Outcome> {
  const probe = startProbe(LONGEST_ACT);
  try {
    await new Promise(resolve => setTimeout(resolve, 3000));
    await act();
    await new Promise(resolve => setTimeout(resolve, 3000));
  } finally {
    // `ip netns exec` becomes the probe, which then says what it has.
    probe.kill("SIGTERM");
  }
  return outcomeOf(probe);
}

/** Seconds. */
const LONGEST_ACT = 600;

function startProbe(seconds: number): execa.ExecaChildProcess {
  const files = operatorFiles();
  if (files === undefined) throw new Error("there is no cluster to probe");
  return execa(
    "ip",
    inOps([
      process.execPath,
      "--require",
      TSX,
      path.join(REPOSITORY, "bench/probe/main.ts"),
      files.address,
      String(files.port),
      files.ca,
      "20",
      String(seconds),
    ]),
    { stdin: "ignore" },
  );
}

const outcomeOf = async (probe: execa.ExecaChildProcess): Promise<Outcome> =>
  JSON.parse((await probe).stdout) as Outcome;

/** The journal lines of a machine that explain a failure. */
export const journal = (machine: string): Promise<string> =>
  onMachine(machine, ["journalctl", "--no-pager", "-n", "60", "-u", "'rackplane-*'"]).catch(error => String(error));

/** Prints a figure where a person reading the test run finds it. */
export const figure = (what: string, value: string | number): void => {
  process.stdout.write(`figure: ${what}: ${value}\n`);
};
