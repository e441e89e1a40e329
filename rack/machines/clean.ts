import * as fs from "node:fs";
import { run } from "../command";
import { nameFiles, rackNamespaces, removeNamespaces } from "../network/namespaces";
import { until } from "../network/until";
import { STATE_DIR } from "../topology";
import { cgroupPids, existingCgroups, removeCgroups, thawEverything } from "./cgroups";
import { takeBackControllers } from "./cgroups/controllers";
import { restoreHostSettings } from "./host-settings";
import { commandLineOf } from "./processes";

/**
 * Removes all that is of the rack, also after a crash of its daemon. Only what counts to the rack's cgroup
 * is ended; nothing is taken for the rack's by its name.
 */
export async function cleanUp(stateDir = STATE_DIR): Promise<void> {
  // A frozen process does not die.
  thawEverything();
  await endProcesses();
  await removeNamespaces();
  for (const mount of mountsBelow(stateDir).reverse()) await run(["umount", "--lazy", mount]);
  await removeCgroups();
  takeBackControllers(stateDir);
  restoreHostSettings(stateDir);
  fs.rmSync(stateDir, { recursive: true, force: true });
}

/** What is still there of the rack; empty after a `cleanUp`. Words a person can act on. */
export async function leftOvers(stateDir = STATE_DIR): Promise<string[]> {
  return [
    ...cgroupPids().map(pid => `process ${pid} (${commandLineOf(pid) ?? "ended meanwhile"})`),
    ...(await rackNamespaces()).map(name => `network namespace ${name}`),
    ...(await nameFiles()).map(file => `directory ${file}`),
    ...(await strayLinks()).map(link => `network link ${link} in the host's namespace`),
    ...mountsBelow(stateDir).map(mount => `mount ${mount}`),
    ...existingCgroups().map(directory => `cgroup ${directory}`),
    ...(fs.existsSync(stateDir) ? [`directory ${stateDir}`] : []),
  ];
}

async function endProcesses(): Promise<void> {
  // Again until none is left: a process may have started another between the look and the signal.
  await until(
    "the rack's processes to end",
    () => {
      const pids = cgroupPids();
      for (const pid of pids) {
        try {
          process.kill(pid, "SIGKILL");
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
        }
      }
      return pids.length === 0;
    },
    {
      seconds: 30,
      everyMs: 50,
      hint: () =>
        cgroupPids()
          .map(pid => `${pid} ${commandLineOf(pid) ?? "ended meanwhile"}`)
          .join("\n"),
    },
  );
}

/** Mount points below a directory, outer ones first. */
function mountsBelow(directory: string): string[] {
  return fs
    .readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map(line => line.split(" ")[4] ?? "")
    .filter(mount => mount.startsWith(`${directory}/`))
    .sort();
}

/** All links of the rack are made inside its namespaces; one that is seen here has escaped. */
async function strayLinks(): Promise<string[]> {
  const { stdout } = await run(["ip", "-j", "link", "show", "type", "veth"]);
  const links = JSON.parse(stdout || "[]") as { ifname?: string }[];
  return links.flatMap(({ ifname }) =>
    ifname !== undefined && /^([mb]\d+|services|ops)$/.test(ifname) ? [ifname] : [],
  );
}
