#!/usr/bin/env node
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { programArchive } from "../cloud-init/program";
import { readArguments, USAGE, type Arguments } from "./arguments";
import { describeDiagnosis, diagnose } from "./diagnosis";
import { lookAtAll } from "./look";
import { machinesOf, type Machine } from "./machines";
import { machinesIn } from "./outputs";
import { askEndpoint } from "./outside";
import type { Report } from "./report";
import type { SshSettings } from "./ssh";
import { readStack, type Stack } from "./stack-file";
import { UsageError } from "./usage-error";

/** Exit statuses. */
const [HEALTHY, FAULTY, MISUSED] = [0, 1, 2];

async function main(argv: readonly string[]): Promise<number> {
  const given = readArguments(argv);
  if (given.help) {
    process.stdout.write(USAGE);
    return HEALTHY;
  }
  const stack = readStack(given.stackFile);
  const machines = machinesOf(stack.spec, whereabouts(given));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-doctor-"));
  try {
    const diagnosis = diagnose(await reportOn(stack, machines, given, folder));
    process.stdout.write(`${given.json ? JSON.stringify(diagnosis, undefined, 2) : describeDiagnosis(diagnosis)}\n`);
    return diagnosis.healthy ? HEALTHY : FAULTY;
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** The machines are looked at; then the endpoint is asked, with the CA that the machines told. */
async function reportOn(stack: Stack, machines: readonly Machine[], given: Arguments, folder: string): Promise<Report> {
  const settings = sshSettings(stack, given, folder);
  const reports = await lookAtAll(machines, settings);
  const outside = await askEndpoint(reports, skipReason(machines, given));
  return {
    cluster: stack.spec.name,
    network: stack.spec.network.kind,
    program: programArchive().hash,
    machines: reports,
    ...(outside === undefined ? {} : { outside }),
  };
}

/** Later words go before earlier ones: what a person types, before what the stack's outputs say. */
function whereabouts({ outputs, machines }: Arguments): Map<string, string> {
  if (outputs === undefined) return new Map(machines);
  let text: string;
  try {
    text = fs.readFileSync(outputs === "-" ? 0 : outputs, "utf8");
  } catch (error) {
    throw new UsageError(
      `--outputs ${outputs}: cannot be read (${error instanceof Error ? error.message : String(error)}); expected the output of \`pulumi stack output --json\``,
    );
  }
  return new Map([...machinesIn(text), ...machines]);
}

function sshSettings({ key }: Stack, { identity, knownHosts }: Arguments, folder: string): SshSettings {
  const own = path.join(folder, "key");
  if (identity === undefined && key !== undefined && "text" in key) fs.writeFileSync(own, key.text, { mode: 0o600 });
  const file = identity ?? (key === undefined ? undefined : "path" in key ? key.path : own);
  return { folder, ...(file === undefined ? {} : { key: file }), ...(knownHosts === undefined ? {} : { knownHosts }) };
}

const skipReason = (machines: readonly Machine[], { inside }: Arguments): string | undefined => {
  if (inside) return "left out (--inside)";
  return machines.every(({ bastion }) => bastion !== undefined)
    ? "every machine is behind a bastion, so this computer is not taken for one that has a way to the endpoint"
    : undefined;
};

main(process.argv.slice(2)).then(
  status => {
    process.exitCode = status;
  },
  (error: unknown) => {
    const misused = error instanceof UsageError;
    process.stderr.write(`rackplane-doctor: ${error instanceof Error ? error.message : String(error)}\n`);
    if (misused) process.stderr.write("see rackplane-doctor --help\n");
    process.exitCode = MISUSED;
  },
);
