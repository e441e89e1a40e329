import * as pulumi from "@pulumi/pulumi";
import type { Grant } from "../../cloud-init/contract/grant";
import { hasHooks, knownValueOf } from "../machines/hooks";
import type { MembershipContext } from "./grant";
import { sentencesOf } from "./sentences";

/**
 * Tells in a sentence what an `up` is about to change on a machine, at the preview and before it is done: for every command
 * that hands a machine another grant. The engine knows the grant before, which is a secret: the sentences name versions,
 * names and settings, and no value besides.
 */
export function told(cluster: MembershipContext): pulumi.ResourceHook[] {
  if (!hasHooks()) return [];
  const known = HOOKS.get(cluster.parent);
  if (known !== undefined) return [known];
  const hook = toldHook(`${cluster.name}-told`, cluster.turns);
  HOOKS.set(cluster.parent, hook);
  return [hook];
}

/** The state names a resource's hooks, so all commands of a cluster share one. */
const HOOKS = new WeakMap<pulumi.Resource, pulumi.ResourceHook>();

/** The hook alone. */
export const toldHook = (name: string, turns: ReadonlyMap<string, number>): pulumi.ResourceHook =>
  new pulumi.ResourceHook(
    name,
    async ({ oldInputs = {}, newInputs = {} }) => {
      const [was, is] = [await grantIn(oldInputs), await grantIn(newInputs)];
      if (was !== undefined) await pulumi.log.info(sentence(was, is, turns, newNote(oldInputs, newInputs)));
    },
    { onDryRun: true },
  );

/** The comment behind the line that runs, where it is another one: it says what the grant would say, and is known. */
function newNote(was: Record<string, unknown>, is: Record<string, unknown>): string | undefined {
  const note = noteIn(is);
  return note === noteIn(was) ? undefined : note;
}

const noteIn = ({ create }: Record<string, unknown>): string | undefined => / # (.*)$/.exec(String(create))?.[1];

/** What is told of one machine; `note` is what is known of a grant that is not known yet. */
export function sentence(was: Grant, is: Grant | undefined, turns: ReadonlyMap<string, number>, note?: string): string {
  const { name } = was.machine;
  const turn = turns.get(name);
  const sentences =
    is === undefined
      ? [
          `changes, by what is known only when the machines before it are there${note === undefined ? "" : ` (${note})`}`,
        ]
      : sentencesOf(was, is);
  const words =
    sentences.length === 0 ? "is asked again by another way to it, nothing changes on it" : sentences.join("; ");
  return `${turn === undefined ? "" : `${turn}. `}${name}: ${words}`;
}

/** The grant that a command hands over; undefined where a preview does not know it yet, or where it is none. */
export async function grantIn({ stdin }: Record<string, unknown>): Promise<Grant | undefined> {
  try {
    const text = await knownValueOf(pulumi.output(stdin));
    return typeof text === "string" ? (JSON.parse(text) as Grant) : undefined;
  } catch {
    return undefined;
  }
}
