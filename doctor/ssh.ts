import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Machine } from "./machines";
import type { SshFault } from "./report";

/** What `ssh` is told besides the machine. */
export interface SshSettings {
  /** A folder of this run alone, for host keys that are pinned. */
  readonly folder: string;
  /** File with the private key; absent: the agent and the user's own settings. */
  readonly key?: string;
  /** File with host keys of machines whose key is not pinned; absent: the user's own. */
  readonly knownHosts?: string;
}

/** How a command on a machine ended. */
export type Ended =
  | { readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly fault: SshFault };

/** Seconds for TCP and the greeting, and for the whole command: a machine with many faults waits for each. */
const CONNECT_SECONDS = 10;
const COMMAND_SECONDS = 120;

/** `ssh`'s own exit code when it did not get to run the command. */
const SSH_FAILED = 255;

/** Runs a command on a machine with the system's `ssh`, which asks nobody anything. */
export async function onMachine(
  machine: Machine,
  settings: SshSettings,
  command: string,
  input?: string,
): Promise<Ended> {
  const { code, stdout, stderr, late } = await run(sshArguments(machine, settings, command), input);
  if (late) return { fault: { kind: "late", words: `no answer within ${COMMAND_SECONDS} s` } };
  if (code === SSH_FAILED) return { fault: faultIn(stderr) };
  return { code, stdout, stderr };
}

/** The arguments of `ssh`. No secret is among them: keys are named by their files. Writes the pinned host keys. */
export function sshArguments(machine: Machine, settings: SshSettings, command: string): string[] {
  const { bastion } = machine;
  const proxy =
    bastion === undefined
      ? []
      : [
          "-o",
          `ProxyCommand=${["ssh", ...options(`${machine.name}-bastion`, bastion, settings), "-W", "[%h]:%p", bastion.host].map(quoted).join(" ")}`,
        ];
  return [...options(machine.name, machine, settings), ...proxy, machine.host, command];
}

function options(
  name: string,
  { port, user, hostKey }: Pick<Machine, "port" | "user" | "hostKey">,
  { folder, key, knownHosts }: SshSettings,
): string[] {
  const set: Record<string, string> = {
    BatchMode: "yes",
    ConnectTimeout: String(CONNECT_SECONDS),
    ServerAliveInterval: "5",
    ServerAliveCountMax: "3",
    LogLevel: "ERROR",
  };
  if (hostKey !== undefined) {
    const file = path.join(folder, `${name}.known-hosts`);
    fs.writeFileSync(file, `${name} ${hostKey}\n`, { mode: 0o600 });
    Object.assign(set, {
      UserKnownHostsFile: file,
      GlobalKnownHostsFile: "/dev/null",
      HostKeyAlias: name,
      StrictHostKeyChecking: "yes",
    });
  } else {
    set.StrictHostKeyChecking = "accept-new";
    if (knownHosts !== undefined) set.UserKnownHostsFile = knownHosts;
  }
  return [
    "-T",
    "-p",
    String(port),
    "-l",
    user,
    ...(key === undefined ? [] : ["-i", key, "-o", "IdentitiesOnly=yes"]),
    ...Object.entries(set).flatMap(([option, value]) => ["-o", `${option}=${value}`]),
  ];
}

/** For the shell that `ssh` starts for a ProxyCommand; %h and %p alone are `ssh`'s. */
const quoted = (word: string): string =>
  /^[\w@%+=:,./[\]-]+$/.test(word)
    ? word === "[%h]:%p"
      ? "'[%h]:%p'"
      : word.replaceAll("%", "%%")
    : `'${word.replaceAll("'", "'\\''").replaceAll("%", "%%")}'`;

/** What `ssh` says, and the fault that it means; the first that fits. */
const SAYINGS: readonly (readonly [RegExp, SshFault["kind"]])[] = [
  [/Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED/, "host-key"],
  [/Permission denied|Too many authentication failures|No such identity/, "login"],
  [/Could not resolve hostname/, "unknown-host"],
  [/Connection refused/, "refused"],
];

/** The fault behind the words of an `ssh` that failed. Pure. */
export function faultIn(stderr: string): SshFault {
  const kind = SAYINGS.find(([saying]) => saying.test(stderr))?.[1] ?? "silent";
  const lines = stderr.split(/\r?\n/).filter(line => /\w/.test(line));
  const words = kind === "host-key" ? "another host key than expected" : (lines.at(-1) ?? "no word of a reason").trim();
  return { kind, words };
}

function run(
  args: readonly string[],
  input = "",
): Promise<{ code: number; stdout: string; stderr: string; late: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh", args, { stdio: ["pipe", "pipe", "pipe"] });
    let [stdout, stderr, late] = ["", "", false];
    const alarm = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, COMMAND_SECONDS * 1000);
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    // A command that ends without reading its input closes the pipe: its exit code tells the story.
    child.stdin.on("error", () => undefined);
    child.on("error", error => {
      clearTimeout(alarm);
      reject(
        new Error(
          `ssh: could not be started (${error.message}); expected OpenSSH's client on PATH: install openssh-client`,
        ),
      );
    });
    child.on("close", code => {
      clearTimeout(alarm);
      resolve({ code: code ?? SSH_FAILED, stdout, stderr, late });
    });
    if (input === "") child.stdin.end();
    else fs.createReadStream(input).pipe(child.stdin);
  });
}
