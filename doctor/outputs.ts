import { isRecord } from "../components/config/values/section";
import { UsageError } from "./usage-error";

/**
 * Where the machines of a stack are, from its outputs: those of `pulumi stack output --json`, or the list of
 * `pulumi stack output machines --json` alone. Machine's name to where SSH reaches it. Pure.
 *
 * @throws UsageError when the text is no such output
 */
export function machinesIn(text: string): Map<string, string> {
  let outputs: unknown;
  try {
    outputs = JSON.parse(text);
  } catch {
    throw new UsageError("--outputs: found no JSON, expected the output of `pulumi stack output --json`");
  }
  const lists = Array.isArray(outputs) ? [outputs] : isRecord(outputs) ? [outputs.machines, outputs.workers] : [];
  const found = lists
    .flatMap(list => (Array.isArray(list) ? (list as unknown[]) : []))
    .flatMap(machine =>
      isRecord(machine) && typeof machine.name === "string" && typeof machine.sshHost === "string"
        ? [[machine.name, machine.sshHost] as const]
        : [],
    );
  if (found.length === 0)
    throw new UsageError(
      "--outputs: found no machine with name and sshHost, expected those of `pulumi stack output --json`; was `pulumi up` run?",
    );
  return new Map(found);
}
