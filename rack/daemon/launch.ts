import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { patience } from "../patience";
import { NETNS, STATE_DIR } from "../topology";
import { daemonAnswers } from "./client";

const LOG = path.join(STATE_DIR, "daemon.log");

/** Seconds for the daemon to start its services; it takes two or three. */
const START_SECONDS = 30;

/**
 * Starts the rack's daemon: its network is the services' namespace, its files are the host's, and it
 * outlives the command that started it.
 *
 * @throws Error with the end of its log when it does not answer in time.
 */
export async function startDaemon(): Promise<void> {
  const log = fs.openSync(LOG, "a", 0o600);
  const child = spawn(
    "nsenter",
    [
      `--net=/run/netns/${NETNS.services}`,
      process.execPath,
      "--require",
      require.resolve("tsx/cjs"),
      path.join(__dirname, "main.ts"),
    ],
    { detached: true, stdio: ["ignore", log, log] },
  );
  fs.closeSync(log);
  child.unref();
  const seconds = START_SECONDS * patience();
  const deadline = Date.now() + seconds * 1000;
  while (!(await daemonAnswers())) {
    if (child.exitCode !== null || Date.now() > deadline) {
      const words = fs.readFileSync(LOG, "utf8").split("\n").slice(-20).join("\n");
      throw new Error(
        `the rack's daemon did not answer on its socket within ${seconds} s; the end of ${LOG}:\n${words}`,
      );
    }
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
