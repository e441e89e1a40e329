import { randomBytes } from "node:crypto";
import type { Call, Change, Difference, Resource } from "../provider";
import { diffPaths, plain, type Properties, UNKNOWN } from "../wire";
import { type Connection, withDefaults } from "./connection";
import type { Logging, Output } from "./output";

/** The inputs of a command, local or remote, without secret marks. */
export interface CommandInputs {
  readonly create?: string;
  readonly update?: string;
  readonly delete?: string;
  readonly stdin?: string;
  readonly environment?: Record<string, string>;
  readonly addPreviousOutputInEnv?: boolean;
  readonly logging?: Logging;
  /** remote.Command only. */
  readonly connection?: Connection;
  /** local.Command only. */
  readonly interpreter?: string[];
  readonly dir?: string;
}

/** Runs one command of a resource, where that resource's commands run. */
export type Runner = (
  call: Call,
  inputs: CommandInputs,
  command: string,
  environment: Record<string, string>,
) => Promise<Output>;

/**
 * A command as a resource: `create` runs once; a change of any input runs `update`, or `create` again when
 * there is none; a change of `triggers` replaces. `update` and `delete` see the output of the run before.
 */
export function commandResource(run: Runner): Resource {
  return {
    async check(_call, _olds, news) {
      const failures = NOT_HERE.filter(property => news[property] !== undefined).map(property => ({
        property,
        reason: "is not supported by the stand-in for the command plugin (rack/plugins/command)",
      }));
      return { inputs: withDefaults(news), failures };
    },

    async diff(_call, change) {
      return triggered(change);
    },

    async create(call, inputs, preview) {
      if (preview) return { id: "", state: stateOf(inputs, UNDECIDED) };
      const given = plain(inputs) as CommandInputs;
      const output = given.create ? await run(call, given, given.create, environmentOf(given)) : NOTHING;
      return { id: call.name + randomBytes(4).toString("hex"), state: stateOf(inputs, output) };
    },

    async update(call, change, preview) {
      if (preview) return stateOf(change.news, UNDECIDED);
      const given = plain(change.news) as CommandInputs;
      const before = outputOf(change.state);
      const command = given.update ?? given.create;
      const output = command ? await run(call, given, command, environmentOf(given, before)) : before;
      return stateOf(change.news, output);
    },

    async delete(call, _id, state) {
      const given = plain(state) as CommandInputs;
      if (given.delete) await run(call, given, given.delete, environmentOf(given, outputOf(state)));
    },
  };
}

/** Inputs of local.Command that collect files into outputs. */
const NOT_HERE = ["assetPaths", "archivePaths"];

const NOTHING: Output = { stdout: "", stderr: "" };
const UNDECIDED: Output = { stdout: UNKNOWN, stderr: UNKNOWN };

/** All changes of inputs count; those of triggers replace (the SDK asks for `replaceOnChanges: triggers[*]`). */
export function triggered({ oldInputs, news }: Change): Difference {
  return {
    paths: diffPaths(plain(oldInputs), plain(news)),
    replaces: path => path === "triggers" || path.startsWith("triggers["),
  };
}

/** The output is no secret, not even that of a secret input: a program has to ask for it (`additionalSecretOutputs`). */
const stateOf = (inputs: Properties, { stdout, stderr }: Output): Properties => ({ ...inputs, stdout, stderr });

function outputOf(state: Properties): Output {
  const { stdout, stderr } = plain(state);
  return { stdout: typeof stdout === "string" ? stdout : "", stderr: typeof stderr === "string" ? stderr : "" };
}

function environmentOf(inputs: CommandInputs, before: Output = NOTHING): Record<string, string> {
  const environment = { ...inputs.environment };
  if (inputs.addPreviousOutputInEnv === false) return environment;
  if (before.stdout !== "") environment.PULUMI_COMMAND_STDOUT = before.stdout;
  if (before.stderr !== "") environment.PULUMI_COMMAND_STDERR = before.stderr;
  return environment;
}
