import * as pulumi from "@pulumi/pulumi";
import type { HostSpec } from "../machines/hosts";
import { configurationError } from "../values/problems";
import { allCrossProblems } from ".";
import type { Given } from "./given";
import type { GivenHost } from "./given-hosts";

/** A checked text of one machine. */
interface LateCheck {
  readonly field: "address" | "sshHost" | "hostKey";
  readonly text: pulumi.Output<string>;
}

/**
 * The checks of machines that other resources make, by the machine's name. When the texts of these machines are known,
 * the rules between sections run again and report in the same words. One text of each machine waits for that check, and
 * everything that is done on the machine waits for the text.
 *
 * A machine is compared with the machines that are known from the start and with those before it, not with those after
 * it: otherwise a new address of the last machine would make every other machine's address unknown in a preview.
 */
export function lateChecks(given: Given): ReadonlyMap<string, LateCheck> {
  const late = given.hosts.filter(isLate);
  return new Map(
    late.flatMap((host, i) => {
      const compared = given.hosts.filter(other => !isLate(other) || late.indexOf(other) <= i);
      const field = (["address", "sshHost", "hostKey"] as const).find(key => host.late[key] !== undefined);
      const { name } = host.fields;
      const own = field === undefined ? undefined : host.late[field];
      if (name === undefined || field === undefined || own === undefined) return [];
      const text = pulumi.all([own, pulumi.all(compared.map(({ late }) => pulumi.all(late)))]).apply(([own, known]) => {
        const hosts = compared.map((other, i) => ({ ...other, fields: { ...other.fields, ...known[i] }, late: {} }));
        const problems = allCrossProblems({ ...given, hosts });
        if (problems.length > 0) throw configurationError(problems);
        return own;
      });
      return [[name, { field, text }] as const];
    }),
  );
}

const isLate = ({ late }: GivenHost): boolean => Object.keys(late).length > 0;

/** A section whose late machines wait for their check; any other section as it is. */
export const awaiting = <T extends object>(section: T, checks: ReadonlyMap<string, LateCheck>): T =>
  "hosts" in section
    ? { ...section, hosts: (section.hosts as readonly HostSpec[]).map(host => awaitingHost(host, checks)) }
    : section;

function awaitingHost(host: HostSpec, checks: ReadonlyMap<string, LateCheck>): HostSpec {
  const check = checks.get(host.name);
  if (check === undefined) return host;
  const { field, text } = check;
  // When SSH dials `address`, `sshHost` waits too.
  return { ...host, [field]: text, ...(field === "address" && host.sshHost === host.address ? { sshHost: text } : {}) };
}
