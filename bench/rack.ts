import execa from "execa";
import * as path from "node:path";
import { onMachine } from "../rack/cli/operator";
import { REPOSITORY } from "../rack/cli/paths";
import type { Status } from "../rack/cli/status";

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

/** The address of a machine of the rack; empty where there is none of that name. */
export const addressOf = async (name: string): Promise<string> =>
  (await statusNow()).machines.find(machine => machine.name === name)?.address ?? "";

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

/** Breaks something, or heals it, as a person would. */
const faultily =
  (verb: "fail" | "heal") =>
  async (fault: string, machine: string): Promise<void> => {
    const { code, output } = await rackplane(verb, fault, machine);
    if (code !== 0) throw new Error(`${verb} ${fault} ${machine}: found exit code ${code}, expected 0\n${output}`);
  };
export const fail = faultily("fail");
export const heal = faultily("heal");

/** How much there is of a cluster besides its members. */
interface Extent {
  readonly workers?: number;
  /** Machines that announce the VIP. @default all members */
  readonly announcers?: number;
}

/** All Nodes are Ready, all members healthy, the VIP announced, whatever other machines the rack has. */
export const serving =
  (members: number, { workers = 0, announcers = members }: Extent = {}) =>
  (now: Status): boolean =>
    now.nodes.length === members + workers &&
    now.nodes.every(n => n.ready) &&
    now.etcd.members === members &&
    now.etcd.healthy === members &&
    now.etcd.learners === 0 &&
    now.endpoint?.answers === true &&
    now.endpoint.announcers.length === announcers;

/**
 * Everything runs, is Ready, healthy and announced, with so many members; all of them announce unless `announcers`
 * differs.
 */
export const whole =
  (members: number, { balancers = 0, ...extent }: Extent & { readonly balancers?: number } = {}) =>
  (now: Status): boolean =>
    now.machines.length === members + (extent.workers ?? 0) + balancers &&
    now.machines.every(m => m.state === "running") &&
    serving(members, extent)(now);

/** The journal lines of a machine that explain a failure. */
export const journal = (machine: string): Promise<string> =>
  onMachine(machine, ["journalctl", "--no-pager", "-n", "60", "-u", "'rackplane-*'"]).catch(error => String(error));

/** Prints a figure where a person reading the test run finds it. */
export const figure = (what: string, value: string | number): void => {
  process.stdout.write(`figure: ${what}: ${value}\n`);
};
