import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { startOwn } from "../own-process";
import { patience } from "../patience";
import { SERVER_CERTIFICATE, SERVER_KEY } from "../setup/certificates";
import { readSecret } from "../setup/secrets";
import { cacheDir, S3_ACCESS_KEY, S3_BUCKET, S3_PORT, SERVICES, STATE_DIR } from "../topology";

/** Where it keeps objects, as files below each bucket's name, and beside them what S3 says of each. */
const OBJECTS = path.join(STATE_DIR, "s3", "objects");
const ATTRIBUTES = path.join(STATE_DIR, "s3", "attributes");
const LOG = path.join(STATE_DIR, "s3", "log");

/** Seconds to start; it takes 0.1. */
const START_SECONDS = 20;

let running: ChildProcess | undefined;

/**
 * Starts somebody else's S3-compatible store, versitygw, with one empty bucket, in the services' namespace, where the daemon
 * that calls this has its network. It shows a certificate that the rack's machines trust, knows one key, and ends with the
 * daemon; what it keeps stays until `./rackplane down`.
 *
 * @throws Error with what it printed when it does not listen
 */
export async function startS3Store(): Promise<void> {
  if (running !== undefined && running.exitCode === null && running.signalCode === null) return;
  for (const folder of [path.join(OBJECTS, S3_BUCKET), ATTRIBUTES])
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const log = fs.openSync(LOG, "a", 0o600);
  const program = path.join(cacheDir(), "bin", "versitygw");
  const at = `${SERVICES.address}:${S3_PORT}`;
  const words = ["--quiet", "--port", at, "--cert", SERVER_CERTIFICATE, "--key", SERVER_KEY];
  running = startOwn([program, ...words, "posix", "--sidecar", ATTRIBUTES, OBJECTS], {
    stdio: ["ignore", log, log],
    env: { ...process.env, ROOT_ACCESS_KEY: S3_ACCESS_KEY, ROOT_SECRET_KEY: readSecret("s3-key") },
  });
  fs.closeSync(log);
  running.on("error", () => undefined);
  const child = running;
  for (const deadline = Date.now() + START_SECONDS * patience() * 1000; !(await listens()); ) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(
        `the rack's S3 store at ${at}: ${child.exitCode === null ? "no answer" : `ended with ${child.exitCode}`}, expected it to listen within ${START_SECONDS * patience()} s\n${fs.readFileSync(LOG, "utf8").slice(-2000)}`,
      );
    }
    await new Promise(tick => setTimeout(tick, 50));
  }
}

const listens = (): Promise<boolean> =>
  new Promise(resolve => {
    const socket = net.connect({ host: SERVICES.address, port: S3_PORT });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
