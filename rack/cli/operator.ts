import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { output, type CommandOptions } from "../command";
import { rackState } from "../daemon/client";
import { OPERATOR_KEY } from "../setup/certificates";
import { cacheDir, NETNS, STATE_DIR } from "../topology";

/** What an operator keeps at hand after `up`: written from the stack's outputs. */
export interface OperatorFiles {
  readonly kubeconfig: string;
  readonly ca: string;
  readonly address: string;
  readonly port: number;
  /** The stack that they are of. */
  readonly stack: string;
}

const DIR = path.join(STATE_DIR, "operator");
const KUBECONFIG = path.join(DIR, "kubeconfig");
const CA = path.join(DIR, "ca.crt");
const ENDPOINT = path.join(DIR, "endpoint");
const STACK = path.join(DIR, "stack");
const KNOWN_HOSTS = path.join(DIR, "known_hosts");

export interface StackOutputs {
  readonly endpoint: string;
  readonly kubeconfig: string;
  readonly caCertificate: string;
}

export function keepOperatorFiles(stack: string, outputs: StackOutputs): void {
  fs.mkdirSync(DIR, { recursive: true, mode: 0o700 });
  fs.writeFileSync(KUBECONFIG, outputs.kubeconfig, { mode: 0o600 });
  fs.writeFileSync(CA, outputs.caCertificate, { mode: 0o600 });
  fs.writeFileSync(STACK, stack, { mode: 0o600 });
  // Last: what is there is whole.
  fs.writeFileSync(ENDPOINT, outputs.endpoint, { mode: 0o600 });
}

export function operatorFiles(): OperatorFiles | undefined {
  if (!fs.existsSync(ENDPOINT)) return undefined;
  const url = new URL(fs.readFileSync(ENDPOINT, "utf8"));
  return {
    kubeconfig: KUBECONFIG,
    ca: CA,
    address: url.hostname,
    port: Number(url.port || 443),
    stack: fs.readFileSync(STACK, "utf8"),
  };
}

/** Arguments for `ip` that run a program in the operator's namespace: no packet of it can leave the rack. */
export const inOps = (argv: readonly string[]): string[] => ["netns", "exec", NETNS.ops, ...argv];

const kubectlCommand = (args: readonly string[]) =>
  inOps([path.join(cacheDir(), "bin", "kubectl"), "--kubeconfig", KUBECONFIG, ...args]);

export const kubectl = (args: readonly string[], options: Omit<CommandOptions, "accept"> = {}): Promise<string> =>
  output(["ip", ...kubectlCommand(args)], options);

/** The endpoint answers, with a certificate that the cluster's CA signed. */
export const endpointAnswers = ({ ca, address, port }: OperatorFiles): Promise<boolean> =>
  output(["ip", ...inOps(["curl", "-sf", "-m", "3", "--cacert", ca, `https://${address}:${port}/livez`])]).then(
    () => true,
    () => false,
  );

async function sshCommand(machine: string, command: readonly string[]): Promise<string[]> {
  const found = (await rackState()).machines;
  const target = found.find(m => m.name === machine);
  if (target === undefined) {
    throw new Error(
      `machine ${machine}: found no such machine, expected one of: ${found.map(m => m.name).join(", ") || "(none)"}`,
    );
  }
  // The rack makes machines anew under the same addresses; their identity is pinned by their id instead.
  return inOps([
    "ssh",
    "-i",
    OPERATOR_KEY,
    "-o",
    "StrictHostKeyChecking=accept-new",
    "-o",
    "BatchMode=yes",
    "-o",
    `UserKnownHostsFile=${KNOWN_HOSTS}`,
    "-o",
    `HostKeyAlias=${target.id}`,
    "-o",
    "ConnectTimeout=5",
    "-o",
    "LogLevel=ERROR",
    `root@${target.publicAddress}`,
    ...command,
  ]);
}

/** A command on a machine over SSH, for its output. The words reach a shell there: no user input goes in. */
export const onMachine = async (
  machine: string,
  command: readonly string[],
  options: Omit<CommandOptions, "accept"> = {},
): Promise<string> => output(["ip", ...(await sshCommand(machine, command))], options);

/** Hands the terminal to a program in the operator's namespace; returns its exit status. */
async function interactive(argv: readonly string[]): Promise<number> {
  const child = await execa("ip", [...argv], { stdio: "inherit", reject: false });
  return child.exitCode ?? 1;
}
export const interactiveKubectl = (args: readonly string[]) => interactive(kubectlCommand(args));
export const interactiveSsh = async (machine: string, command: readonly string[]) =>
  interactive(await sshCommand(machine, command));
