import { Resolver } from "node:dns/promises";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { startOwn, stopOwn } from "../own-process";
import { patience } from "../patience";

export interface NameServerOptions {
  /** The program. */
  readonly coredns: string;
  /** Where its configuration is kept. */
  readonly folder: string;
  /** The one address that it listens at; every one of its namespace where none is given. */
  readonly address?: string;
  /** @default 53 */
  readonly port?: number;
  /** Name of the network namespace to listen in; by default the caller's own. */
  readonly netns?: string;
  /** An address at which the caller reaches it. */
  readonly reached: string;
}

export interface NameServer {
  stop(): Promise<void>;
}

/** Seconds to start; it takes 0.2. */
const START_SECONDS = 20;

/**
 * Starts the rack's name server: CoreDNS, which knows no name and says so at once. Where nothing answers, each look-up
 * of a name outside of the cluster by a pod waits for its time-outs. Returns once it answers.
 *
 * The process is the caller's own and ends with it, even when the caller is killed.
 *
 * @throws Error with what it printed when it does not answer
 */
export async function startNameServer(options: NameServerOptions): Promise<NameServer> {
  const { coredns, folder, port = 53, netns, reached } = options;
  const file = path.join(folder, "Corefile");
  await fs.mkdir(folder, { recursive: true, mode: 0o700 });
  await fs.writeFile(file, corefile(options));
  const child = startOwn([coredns, "-conf", file], { netns, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  // Read to the end: a full pipe would halt it.
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (text: Buffer) => (said = `${said}${String(text)}`.slice(-2000)));
  const failed = new Promise<never>((_, reject) => {
    child.once("error", error => reject(notStarted(reached, error.message, said)));
    child.once("exit", (code, signal) => reject(notStarted(reached, `ended with ${signal ?? code}`, said)));
  });
  // It may end later; then no caller waits any more.
  failed.catch(() => undefined);
  const answers = answersAt(`${reached}:${port}`, START_SECONDS * patience());
  if (!(await Promise.race([answers, failed]))) {
    child.kill("SIGKILL");
    throw notStarted(reached, "no answer", said);
  }
  return { stop: () => stopOwn(child) };
}

/** CoreDNS's configuration: every name is unknown, and may be remembered as that for a minute. Pure. */
export function corefile({ address, port = 53 }: Pick<NameServerOptions, "address" | "port">): string {
  return [
    `.:${port} {`,
    ...(address === undefined ? [] : [`  bind ${address}`]),
    "  template ANY ANY {",
    "    rcode NXDOMAIN",
    '    authority ". 60 IN SOA rack.invalid. rack.invalid. 1 60 60 60 60"',
    "  }",
    "}",
    "",
  ].join("\n");
}

const notStarted = (reached: string, found: string, said: string): Error =>
  new Error(
    `the rack's name server at ${reached}: ${found}, expected it to answer within ${START_SECONDS * patience()} s; check that nothing else listens there\n${said}`,
  );

/** Whether it says within the time that a name is unknown. */
async function answersAt(server: string, seconds: number): Promise<boolean> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([server]);
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; ) {
    const found = await resolver.resolve4("ready.invalid").catch((error: NodeJS.ErrnoException) => error.code);
    if (found === "ENOTFOUND") return true;
    await new Promise(tick => setTimeout(tick, 50));
  }
  return false;
}
