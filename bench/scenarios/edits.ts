import type { Outcome } from "../probe/outcome";
import { probingThroughout } from "../probe/probing";
import { rackplane } from "../rack";
import type { KindCase } from "./kinds";
import { withStackFile } from "./stack-edit";

/** An edit of a stack's file, and how the `up` after it ends. */
export interface Edit {
  readonly name: string;
  readonly replace: readonly [RegExp, string];
  /** A second replacement of the same edit. */
  readonly and?: readonly [RegExp, string];
  /** `well`, or what the refusal says. */
  readonly ends: "well" | RegExp;
}

export interface Edited {
  readonly up: Awaited<ReturnType<typeof rackplane>>;
  readonly outcome: Outcome;
}

/** One `up` with the stack's file edited, while the endpoint is asked from outside. */
export async function editing(kind: KindCase, { replace, and }: Edit): Promise<Edited> {
  const edit = (text: string) => {
    const once = text.replace(...replace);
    return and === undefined ? once : once.replace(...and);
  };
  return withStackFile(kind.stack, edit, async () => {
    let up: Edited["up"] | undefined;
    const outcome = await probingThroughout(async () => {
      up = await rackplane("up", "--stack", kind.stack);
    });
    if (up === undefined) throw new Error(`up of ${kind.stack} did not end`);
    return { up, outcome };
  });
}

/** In the words of a table's row. Pure. */
export const describeEdit = ({ up, outcome }: Edited): string =>
  `up ended with ${up.code} after ${up.seconds.toFixed(0)} s; failed ${outcome.failed} of ${outcome.total}, outage ${outcome.outageSeconds} s ${JSON.stringify(outcome.reasons)}`;
