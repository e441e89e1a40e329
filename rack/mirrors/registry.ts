import type { ChildProcess } from "node:child_process";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import * as readline from "node:readline";
import { startOwn, stopOwn } from "../own-process";
import { patience } from "../patience";

export interface RegistryOptions {
  readonly address: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** The folder that holds the images. */
  readonly storage: string;
  /** Name of the network namespace to listen in; by default the caller's own. */
  readonly netns?: string;
  /** Only the build writes; everything else serves what is there. */
  readonly writable?: boolean;
}

export interface Registry {
  readonly address: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Long enough for a cold start on a busy machine; it is usually up in 0.1 s. */
const START_SECONDS = 20;

/**
 * Starts Debian's docker-registry and returns once it listens.
 *
 * The process is the caller's own and ends with it, even when the caller is killed. The service that the package
 * brings along is not used: it may be disabled, and where it runs it is in no one's way but on the host's port 5000.
 */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  const config = path.join(options.storage, `serve-${options.address}-${options.port}.json`);
  await fs.mkdir(options.storage, { recursive: true });
  await fs.writeFile(config, JSON.stringify(configuration(options), undefined, 2));
  const child = startOwn(["docker-registry", "serve", config], {
    netns: options.netns,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const port = await listening(child, `${options.address}:${options.port}`);
  return {
    address: options.address,
    port,
    // It holds nothing back: what was pushed is on disk before a push is answered.
    stop: () => stopOwn(child),
  };
}

/** The registry's configuration; its reader takes YAML, of which JSON is a part. */
export function configuration(options: RegistryOptions): object {
  return {
    version: "0.1",
    // "info" is the level at which it tells that it listens, and on which port.
    log: { level: "info", formatter: "json", accesslog: { disabled: true } },
    storage: {
      filesystem: { rootdirectory: options.storage },
      cache: { blobdescriptor: "inmemory" },
      maintenance: { readonly: { enabled: !options.writable }, uploadpurging: { enabled: false } },
    },
    http: { addr: `${options.address}:${options.port}`, secret: "one registry, no shared uploads" },
  };
}

/** Awaits the line that names the port; goes on reading, since a full pipe would halt the registry. */
function listening(child: ChildProcess, place: string): Promise<number> {
  const seconds = START_SECONDS * patience();
  return new Promise((resolve, reject) => {
    const last: string[] = [];
    const fail = (found: string) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(
        new Error(
          `registry at ${place}: ${found}, expected it to listen within ${seconds} s; ` +
            `check that the address is up, the port free and Debian's docker-registry installed\n  ${last.join("\n  ")}`,
        ),
      );
    };
    const timer = setTimeout(() => fail("not listening"), seconds * 1000);
    child.once("error", error => fail(error.message));
    child.once("exit", (code, signal) => fail(`ended with ${signal ?? code}`));
    readline.createInterface({ input: child.stderr! }).on("line", line => {
      last.push(line);
      if (last.length > 8) last.shift();
      const port = /listening on [^\s"]+:(\d+)/.exec(line)?.[1];
      if (!port) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
