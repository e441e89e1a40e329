import { parseArgs } from "node:util";
import { UsageError } from "./usage-error";

/** What a person asked for. */
export interface Arguments {
  readonly stackFile: string;
  /** File with `pulumi stack output --json`, or `-` for standard input. */
  readonly outputs?: string;
  /** Machine's name to where SSH reaches it. */
  readonly machines: ReadonlyMap<string, string>;
  readonly identity?: string;
  readonly knownHosts?: string;
  /** The endpoint is not asked from here. */
  readonly inside: boolean;
  readonly json: boolean;
  readonly help: boolean;
}

export const USAGE = `usage: rackplane-doctor [OPTION...] STACK-FILE

Looks at every machine of a cluster over SSH and at its endpoint from here, changes nothing, and names the first fault
with the command that mends it. Exit status: 0 nothing found, 1 something found, 2 it could not be asked this way.

  STACK-FILE               the stack's configuration, Pulumi.<stack>.yaml
  --outputs FILE           of \`pulumi stack output --json\`, - for standard input: where rented machines are
  --machines NAME=HOST,... the same by hand; also for a machine that is reached in another way than the stack file says
  --identity FILE          private key, in place of the stack file's ssh.privateKeyPath; by default also the SSH agent's
  --known-hosts FILE       host keys of machines whose key is not in the stack file, in place of ~/.ssh/known_hosts
  --inside                 do not ask the endpoint from here: this computer has no way to it
  --json                   for programs
`;

const OPTIONS = {
  outputs: { type: "string" },
  machines: { type: "string", multiple: true },
  identity: { type: "string" },
  "known-hosts": { type: "string" },
  inside: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** @throws UsageError naming everything that is wrong */
export function readArguments(argv: readonly string[]): Arguments {
  const { values, positionals } = parsed(argv);
  const problems: string[] = [];
  const machines = new Map<string, string>();
  for (const pair of (values.machines ?? []).flatMap(text => text.split(",")).filter(text => text !== "")) {
    const [, name, host] = /^([^=\s]+)=([^=\s]+)$/.exec(pair) ?? [];
    if (name === undefined || host === undefined)
      problems.push(`--machines: found "${pair}", expected NAME=HOST, as lab-cp-0=203.0.113.5`);
    else if (machines.has(name)) problems.push(`--machines: found ${name} twice, expected each machine once`);
    else machines.set(name, host);
  }
  if (values.help !== true && positionals.length !== 1)
    problems.push(
      `STACK-FILE: found ${positionals.length === 0 ? "none" : positionals.join(" ")}, expected one file, as Pulumi.prod.yaml`,
    );
  if (problems.length > 0) throw new UsageError(problems.join("\n"));
  return {
    stackFile: positionals[0] ?? "",
    machines,
    inside: values.inside === true,
    json: values.json === true,
    help: values.help === true,
    ...(values.outputs === undefined ? {} : { outputs: values.outputs }),
    ...(values.identity === undefined ? {} : { identity: values.identity }),
    ...(values["known-hosts"] === undefined ? {} : { knownHosts: values["known-hosts"] }),
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
