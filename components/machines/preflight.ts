import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { preflightRequest, type PreflightAnswer } from "../../cloud-init/preflight";
import { command } from "./command";
import { launched } from "./connection";
import type { MachinesContext } from "./context";
import { identityOf, rosterEntry } from "./identity";
import type { Machine } from "./machine";
import { copyProgram } from "./program";

/**
 * `<cluster>-<machine>-preflight`, once for each machine that exists: looked at, not touched but for the archive of
 * the program in a home directory. All run side by side and each tells all that it found, so that one `pulumi up` shows
 * what is to be mended everywhere. `controlPlane` is the roster that each is told.
 *
 * What is returned is the gate behind them, `<cluster>-preflights`: nothing else of the cluster begins before it, and
 * it fails when two machines are one and the same. It runs nothing. Without it each machine would depend on each
 * other's preflight, and the state of a hundred machines would name ten thousand dependencies.
 */
export function preflight(
  cluster: MachinesContext,
  { machines, controlPlane }: { machines: readonly Machine[]; controlPlane: readonly Machine[] },
): pulumi.Resource | undefined {
  if (machines.length === 0) return undefined;
  const commands = machines.map(machine =>
    command(cluster, {
      name: `${machine.key}-preflight`,
      machine,
      line: machine => launched(machine, "preflight"),
      stdin: machine =>
        pulumi
          .all([cluster.node(machine), identityOf(machine), pulumi.all(controlPlane.map(rosterEntry))])
          .apply(([node, machine, roster]) => preflightRequest({ node, machine, roster, epoch: seconds() })),
      // It is for the machine as it was found; a member would be asked things that are no longer its business. And the
      // request tells the time: it is another one in every run.
      lifetime: "once a machine",
      timeout: "10m",
      after: [copyProgram(cluster, machine)],
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
    return found.map(({ machine }) => machine).join(" ");
  });
  return new local.Command(
    `${cluster.name}-preflights`,
    { stdin: distinct },
    { parent: cluster.parent, dependsOn: commands },
  );
}

/** Since 1970, by the clock of the machine that runs `pulumi`. */
const seconds = (): number => Math.floor(Date.now() / 1000);

/** Seconds by which a machine's clock may differ; etcd complains of one, which whole seconds cannot tell from none. */
const CLOCK_SECONDS = 5;

/**
 * What to say of a machine whose clock was ahead when it answered, `now` being the time at which the answer is read.
 *
 * The machine itself cannot tell that from being asked late and refuses five minutes alone (node/preflight/system.sh);
 * here its answer has just come. Said and not refused: an answer of an earlier run is in Pulumi's state, where it
 * grows old and looks right, so that the next run would go on anyhow.
 */
export function clockAhead({ machine, epoch }: PreflightAnswer, now: number): string | undefined {
  const ahead = Number(epoch) - now;
  return ahead <= CLOCK_SECONDS
    ? undefined
    : `${machine}: found a clock at least ${ahead} s ahead of yours, expected ${CLOCK_SECONDS} s at most; ` +
        "start time synchronisation on it ('timedatectl set-ntp true') and check your own clock";
}

const MUST_DIFFER = { hostname: "hostname", machineId: "/etc/machine-id", productUuid: "product UUID" } as const;

/**
 * Machines cloned from one image share what kubeadm and etcd tell machines apart by.
 *
 * @throws pulumi.RunError naming every pair.
 */
export function refuseTwins(answers: readonly PreflightAnswer[]): void {
  const twins = Object.entries(MUST_DIFFER).flatMap(([field, title]) => {
    const value = (answer: PreflightAnswer) => answer[field as keyof typeof MUST_DIFFER];
    return answers.flatMap((one, i) =>
      answers
        .slice(i + 1)
        .filter(other => value(one) !== "" && value(one) === value(other))
        .map(other => `${one.machine} and ${other.machine} have the same ${title}, ${value(one)}`),
    );
  });
  if (twins.length === 0) return;
  throw new pulumi.RunError(
    [
      "preflight: expected every machine to be one of its own:",
      ...twins.map(twin => `  ${twin}`),
      "Nothing was changed. Give each its own (systemd-machine-id-setup after removing /etc/machine-id) and run 'pulumi up --replace' with the URNs of their preflight resources.",
    ].join("\n"),
  );
}
