import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../cluster-context";
import { awake } from "./awake";
import { connection, type Patience } from "./connection";
import type { Machine } from "./machine";

/**
 * When a command runs, and when it runs again.
 *
 * - `once`: when it is created, and never at an edit, whichever of its inputs change. A new value of `trigger` makes a
 *   new command.
 * - `once a machine`: the same, for each machine that takes the name.
 * - `every change`: create and update run the same idempotent line, so every change of an input runs it. Another
 *   machine under the name makes a new command.
 * - `every change, in place`: the same, but another machine under the name is a change like any other, so nothing is
 *   ever deleted on the one before it.
 */
export type Lifetime = "once" | "once a machine" | "every change" | "every change, in place";

interface LifetimeRules {
  /** Whether a change of an input runs the line again. */
  readonly updates: boolean;
  /** Whether another machine under the name makes a new command; the old one is deleted first. */
  readonly followsMachine: boolean;
}

const LIFETIMES: Readonly<Record<Lifetime, LifetimeRules>> = {
  once: { updates: false, followsMachine: false },
  "once a machine": { updates: false, followsMachine: true },
  "every change": { updates: true, followsMachine: true },
  "every change, in place": { updates: true, followsMachine: false },
};

/** A command on a machine. */
export type CommandArgs = EveryCommandArgs & (Triggered | Due);

/** For a command that runs `once`: a new value makes a new command. */
interface Triggered {
  readonly trigger?: pulumi.Input<string>;
  readonly due?: undefined;
}

/** The same for what comes due by date: undefined until it does, which is no trigger at all. */
interface Due {
  readonly trigger?: undefined;
  readonly due: pulumi.Output<string | undefined>;
}

interface EveryCommandArgs {
  /** The resource's name behind the cluster's: `form`, `cp-0-member`. */
  readonly name: string;
  /** Where the command runs; an Output when the machine is chosen as late as possible. */
  readonly machine: Machine | pulumi.Output<Machine>;
  /** The line that runs there. Where it is one line whichever machine is chosen, the state keeps less as a string. */
  readonly line: string | ((machine: Machine) => pulumi.Input<string>);
  /** The line of an update, where it is another one. */
  readonly updateLine?: pulumi.Input<string>;
  /** What the line reads; made for the machine it runs on. */
  readonly stdin?: (machine: Machine) => pulumi.Input<string>;
  /** Whether standard input is a secret as a whole; input that holds a secret Output is a secret anyway. */
  readonly secretStdin?: boolean;
  /**
   * Whether what the command prints is a secret in the state: true of every grant. The command plugin makes neither
   * stream a secret because the input is one, and a secret that a command prints is encrypted besides (answer.ts).
   */
  readonly secretOutputs?: boolean;
  /** Whether standard output is shown to the operator; progress, on standard error, always is. */
  readonly showsStdout?: boolean;
  readonly lifetime: Lifetime;
  /** For how long Pulumi waits, such as `900s`. */
  readonly timeout: string;
  /** What has to be done before. */
  readonly after?: readonly pulumi.Input<pulumi.Resource>[];
  /**
   * Runs before the command is created, never at a preview or an update. An error that it throws is shown and stops the
   * command.
   */
  readonly beforeCreate?: () => Promise<void>;
  /** Run before an update, and at a preview of one where they say so. */
  readonly beforeUpdate?: readonly pulumi.ResourceHook[];
  /** What runs on the machine when the command is deleted: by `pulumi destroy`, and when the machine leaves the configuration. */
  readonly atDeletion?: {
    readonly line: pulumi.Input<string>;
    /** For how long Pulumi waits for it. */
    readonly timeout: string;
  };
  /** How often and how long the machine is dialled; a machine that boots is waited for by default. */
  readonly patience?: Patience;
  /** Pulumi refuses to delete the command. */
  readonly protect?: boolean;
  /** Inputs that a lifetime without updates ignores besides those that say what runs. */
  readonly alsoIgnored?: readonly string[];
}

/** The one place where a command is made; what is true of every command stands here. */
export function command(cluster: ClusterContext, args: CommandArgs): remote.Command {
  const { updates, followsMachine } = LIFETIMES[args.lifetime];
  const line = typeof args.line === "string" ? args.line : of(args, args.line);
  const trigger = followsMachine ? of(args, machine => machine.identity) : args.trigger;
  return new remote.Command(
    `${cluster.name}-${args.name}`,
    {
      connection: of(args, machine => connection(cluster.spec.ssh, machine, args.patience)),
      create: line,
      ...(args.updateLine === undefined ? {} : { update: args.updateLine }),
      ...(args.atDeletion === undefined ? {} : { delete: args.atDeletion.line }),
      // Without an `update` the plugin runs `create` again, so the state keeps the line half as often.
      ...stdinOf(args),
      ...(trigger === undefined ? {} : { triggers: [trigger] }),
      ...(args.due === undefined ? {} : { triggers: triggersOf(args.due) }),
      // Standard output is for this program. A failed command shows it all the same.
      ...(args.showsStdout ? {} : { logging: remote.Logging.Stderr }),
      addPreviousOutputInEnv: false,
    },
    {
      parent: cluster.parent,
      dependsOn: [...(args.after ?? [])],
      ...(followsMachine ? { deleteBeforeReplace: true } : {}),
      ...(updates ? {} : { ignoreChanges: ignored(args) }),
      ...(args.secretOutputs ? { additionalSecretOutputs: ["stdout", "stderr"] } : {}),
      // `false` would undo the protection given to the whole cluster.
      ...(args.protect ? { protect: true } : {}),
      customTimeouts: {
        create: args.timeout,
        ...(updates ? { update: args.timeout } : {}),
        ...(args.atDeletion === undefined ? {} : { delete: args.atDeletion.timeout }),
      },
      hooks: {
        beforeCreate: [...(args.beforeCreate === undefined ? [] : [args.beforeCreate]), ...awake(cluster)],
        ...(updates ? { beforeUpdate: [...(args.beforeUpdate ?? []), ...awake(cluster)] } : {}),
      },
    },
  );
}

/** The engine leaves out an Output of undefined, as it does a property that is not there. */
const triggersOf = (due: pulumi.Output<string | undefined>): pulumi.Output<string[]> =>
  due.apply(due => (due === undefined ? undefined : [due])) as pulumi.Output<string[]>;

/** A value of the command's machine, whether the machine is known now or chosen later. */
const of = <T>({ machine }: CommandArgs, pick: (machine: Machine) => pulumi.Input<T>): pulumi.Input<T> =>
  pulumi.Output.isInstance(machine) ? (machine.apply(chosen => pick(chosen)) as pulumi.Output<T>) : pick(machine);

function stdinOf(args: CommandArgs): { stdin?: pulumi.Input<string> } {
  if (args.stdin === undefined) return {};
  const stdin = of(args, args.stdin);
  return { stdin: args.secretStdin ? pulumi.secret(stdin) : stdin };
}

/**
 * A command that ran once does not run again, so edits of its connection, its line and its standard input are ignored.
 */
const ignored = ({ stdin, showsStdout, alsoIgnored = [] }: CommandArgs): string[] => [
  "connection",
  "create",
  ...(stdin === undefined ? [] : ["stdin"]),
  ...(showsStdout ? [] : ["logging"]),
  ...alsoIgnored,
];
