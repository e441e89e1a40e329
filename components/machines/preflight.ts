import * as pulumi from "@pulumi/pulumi";
import { preflightRequest, type PreflightAnswer } from "../../cloud-init/preflight";
import { ETCD_DIRECTORY } from "../../cloud-init/documents/etcd";
import type { NodeSpec } from "../../cloud-init/contract/node";
import type { EtcdSpec } from "../config/etcd";
import { command } from "./command";
import { launched } from "./connection";
import type { MachinesContext } from "./context";
import { gate } from "./gate";
import { identityOf, rosterEntry } from "./identity";
import type { Machine } from "./machine";
import { wipe } from "./ssh/wipe";
import { copyProgram } from "./program";

/**
 * `<cluster>-<machine>-preflight`, once for each machine that exists. Preflight only looks at the machine; all that it
 * leaves there is the archive of the program in a home directory. All preflights run side by side and each reports
 * everything that it found, so that one `pulumi up` shows what is to be mended everywhere. `controlPlane` is the roster
 * that each machine is told.
 *
 * Returns the gate behind them, `<cluster>-preflights`. Nothing else of the cluster begins before the gate, and it
 * fails when two machines are one and the same. The gate runs nothing. Without it each machine would depend on every
 * other's preflight, and the state of a hundred machines would name ten thousand dependencies.
 */
export function preflight(
  cluster: MachinesContext,
  { machines, controlPlane }: { machines: readonly Machine[]; controlPlane: readonly Machine[] },
): pulumi.Resource | undefined {
  if (machines.length === 0) return undefined;
  // Behind all copies: the engine begins nothing after a failure, so a machine whose copy came later would not be asked.
  const programs = gate(cluster, {
    name: "programs",
    behind: machines.map(machine => copyProgram(cluster, machine)),
    passed: machines.map(({ name }) => name).join(" "),
  });
  const commands = machines.map(machine =>
    command(cluster, {
      name: `${machine.key}-preflight`,
      machine,
      line: machine => launched(machine, "preflight"),
      stdin: machine =>
        pulumi
          // The time is told as late as can be: the machine's clock is held against it.
          .all([cluster.node(machine), identityOf(machine), pulumi.all(controlPlane.map(rosterEntry)), programs.urn])
          .apply(([node, machine, roster]) =>
            preflightRequest({ node, machine, roster, epoch: seconds(), ...ownDisk(cluster.spec.etcd, node) }),
          ),
      // Preflight's questions are for the machine as it was found and no longer apply to a member. And the request
      // holds the time, so it differs in every run.
      lifetime: "once a machine",
      timeout: "10m",
      after: [programs],
    }),
  );
  const answers = commands.map(command =>
    command.stdout.apply(line => {
      const answer = JSON.parse(line) as PreflightAnswer;
      const ahead = clockAhead(answer, seconds());
      if (ahead !== undefined) void pulumi.log.warn(ahead, command);
      return answer;
    }),
  );
  const distinct = pulumi.all(answers).apply(found => {
    refuseTwins(found);
    for (const pair of sameBoards(found)) void pulumi.log.warn(pair);
    return found.map(({ machine }) => machine).join(" ");
  });
  // Behind its preflight, since another cluster's machine is not to be wiped, and before all else that is done on any: on
  // `destroy` it comes last, when nothing in the cluster is left that the API would be asked for.
  const wipes = machines.map((machine, i) => wipe(cluster, machine, commands.slice(i, i + 1)));
  return gate(cluster, { name: "preflights", behind: [...commands, ...wipes], passed: distinct });
}

/** A folder for etcd that kubeadm would not make. */
const ownDisk = ({ dataDirectory }: EtcdSpec, { role }: NodeSpec): { etcdDirectory?: string } =>
  role === undefined && dataDirectory !== ETCD_DIRECTORY ? { etcdDirectory: dataDirectory } : {};

/** Seconds since 1970, by the clock of the machine that runs `pulumi`. */
const seconds = (): number => Math.floor(Date.now() / 1000);

/**
 * Seconds by which a machine's clock may differ. etcd complains of one second, which whole seconds cannot tell from
 * none.
 */
const CLOCK_SECONDS = 5;

/**
 * The warning about a machine whose clock was ahead when it answered; `now` is the time at which the answer is read.
 *
 * The machine itself cannot tell a clock that is ahead from a request that comes late, so it refuses only a difference
 * of five minutes (node/grant/preflight/system.sh); here its answer has just come. This is a warning and not an error:
 * Pulumi's state keeps the answer of an earlier run, which grows old and looks right, so the next run would go on
 * anyway.
 */
export function clockAhead({ machine, epoch }: PreflightAnswer, now: number): string | undefined {
  const ahead = Number(epoch) - now;
  return ahead <= CLOCK_SECONDS
    ? undefined
    : `${machine}: found a clock at least ${ahead} s ahead of yours, expected ${CLOCK_SECONDS} s at most; ` +
        "start time synchronisation on it ('timedatectl set-ntp true') and check your own clock";
}

const MUST_DIFFER = { hostname: "hostname", machineId: "/etc/machine-id" } as const;

/**
 * Machines cloned from one image share the names and ids by which kubeadm and etcd tell machines apart.
 *
 * @throws pulumi.RunError naming every pair.
 */
export function refuseTwins(answers: readonly PreflightAnswer[]): void {
  const twins = alike(answers, MUST_DIFFER);
  if (twins.length === 0) return;
  throw new pulumi.RunError(
    [
      "preflight: expected every machine to be one of its own:",
      ...twins.map(twin => `  ${twin}`),
      "Nothing was changed. Give each its own (systemd-machine-id-setup after removing /etc/machine-id) and run 'pulumi up --replace' with the URNs of their preflight resources.",
    ].join("\n"),
  );
}

/**
 * The warnings about machines whose boards tell the same product UUID. No error: white-box boards often do, nothing that
 * runs here reads it, and machines that are clones have more in common.
 */
export const sameBoards = (answers: readonly PreflightAnswer[]): string[] =>
  alike(answers, { productUuid: "product UUID" }).map(
    pair => `${pair}; expected two different ones of two machines; if these are two, go on`,
  );

/** Every pair of machines that have a field alike, in words. Pure. */
function alike(
  answers: readonly PreflightAnswer[],
  fields: Readonly<Partial<Record<"hostname" | "machineId" | "productUuid", string>>>,
): string[] {
  return Object.entries(fields).flatMap(([field, title]) => {
    const value = (answer: PreflightAnswer) => answer[field as "hostname" | "machineId" | "productUuid"];
    return answers.flatMap((one, i) =>
      answers
        .slice(i + 1)
        .filter(other => value(one) !== "" && value(one) === value(other))
        .map(other => `${one.machine} and ${other.machine} have the same ${title}, ${value(one)}`),
    );
  });
}
