import execa from "execa";
import * as path from "node:path";
import { REPOSITORY } from "../../rack/cli/paths";

/**
 * Runs `./rackplane up ARGS` until its output matches, then kills it, `pulumi` and its plugins included, with SIGKILL,
 * so that no process can clean up. Returns the output up to then.
 *
 * @throws Error when it ends before it said the words.
 */
export async function upKilledAt(words: RegExp, seconds: number, ...args: string[]): Promise<string> {
  // A process group of its own: the kill reaches exactly what this call started.
  const child = execa(path.join(REPOSITORY, "rackplane"), ["up", ...args], {
    detached: true,
    all: true,
    reject: false,
    stdin: "ignore",
    buffer: false,
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const deadline = setTimeout(
      () => reject(new Error(`waited ${seconds} s for ${words}; it said:\n${said.slice(-3000)}`)),
      seconds * 1000,
    );
    const ended = () => reject(new Error(`up ended before it said ${words}; it said:\n${said.slice(-3000)}`));
    child.all?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (words.test(said)) resolve();
    });
    child.once("exit", ended);
    child.once("close", () => clearTimeout(deadline));
  }).finally(() => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
  });
  await child.catch(() => undefined);
  return said;
}

/**
 * Runs `./rackplane up ARGS` and kills it, `pulumi` and its plugins included, with SIGKILL so many seconds after its
 * beginning, wherever it is then.
 *
 * @returns what it said, and how it ended if it did so before
 */
export async function upKilledAfter(
  seconds: number,
  ...args: string[]
): Promise<{ readonly ended?: number; readonly output: string }> {
  const child = execa(path.join(REPOSITORY, "rackplane"), ["up", ...args], {
    detached: true,
    all: true,
    reject: false,
    stdin: "ignore",
  });
  let killed = false;
  const timer = setTimeout(() => {
    if (child.pid === undefined || child.exitCode !== null) return;
    killed = true;
    process.kill(-child.pid, "SIGKILL");
  }, seconds * 1000);
  const { exitCode, all = "" } = await child.finally(() => clearTimeout(timer));
  return { ...(killed ? {} : { ended: exitCode ?? 1 }), output: all };
}

/** Milliseconds: an `up` takes two minutes, and gives up on a machine after its deadlines. */
const LONGEST_UP = 600_000;

/**
 * Runs `./rackplane up ARGS` and calls `act` once the output matches; resolves when `up` has ended by itself.
 *
 * @throws Error when it ends before it said the words.
 */
export async function upDisturbedAt(
  words: RegExp,
  act: () => Promise<void>,
  ...args: string[]
): Promise<{ code: number; output: string }> {
  const child = execa(path.join(REPOSITORY, "rackplane"), ["up", ...args], {
    all: true,
    reject: false,
    stdin: "ignore",
    timeout: LONGEST_UP,
  });
  let said = "";
  let acted: Promise<void> | undefined;
  child.all?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (acted !== undefined || !words.test(said)) return;
    acted = act();
    // A failure of `act` is thrown when `up` has ended.
    acted.catch(() => undefined);
  });
  const { exitCode } = await child;
  if (acted === undefined) throw new Error(`up ended before it said ${words}; it said:\n${said.slice(-3000)}`);
  await acted;
  return { code: exitCode ?? 1, output: said };
}
