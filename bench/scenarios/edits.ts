import { bareSession } from "../../rack/daemon/client";
import { readSecret, renewSecret } from "../../rack/setup/secrets";
import { readStackFile } from "../../rack/cli/stack-file";
import type { Outcome } from "../probe/outcome";
import { probingThroughout } from "../probe/probing";
import { rackplane, statusNow } from "../rack";
import { aligned } from "../table";
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

/** One `up` while the endpoint is asked from outside. */
export async function upProbed(up: () => ReturnType<typeof rackplane>): Promise<Edited> {
  let ended: Edited["up"] | undefined;
  const outcome = await probingThroughout(async () => {
    ended = await up();
  });
  if (ended === undefined) throw new Error("up did not end");
  return { up: ended, outcome };
}

/** The same with the stack's file edited. */
export function editing({ stack }: KindCase, { replace, and }: Edit): Promise<Edited> {
  const edit = (text: string) => {
    const once = text.replace(...replace);
    return and === undefined ? once : once.replace(...and);
  };
  return withStackFile(stack, edit, () => upProbed(() => rackplane("up", "--stack", stack)));
}

/**
 * The edit of the BGP password: an `up` with another one, while the person who runs the switches gives each machine's
 * new password to them when its sessions with the old one have ended.
 */
export async function editingPassword({ stack }: KindCase): Promise<Edited> {
  const prefix = `${readStackFile(stack).endpoint.address ?? ""}/32`;
  renewSecret("md5-password");
  const told = new Set<string>();
  let over = false;
  const tellSwitches = async () => {
    while (!over) {
      const { sessions, machines } = await statusNow();
      for (const { name, address } of machines) {
        if (told.has(name) || sessions.some(({ machine, established }) => machine === name && established)) continue;
        told.add(name);
        await bareSession({ address, prefix, md5: readSecret("md5-password") });
      }
    }
  };
  return upProbed(async () => {
    const telling = tellSwitches();
    // Not `up`, which would tell the switches of all machines at once.
    const up = await rackplane("pulumi", "--stack", stack, "up", "--yes", "--skip-preview").finally(() => {
      over = true;
    });
    await telling;
    return up;
  });
}

/** One edit of one kind of endpoint, as it went. */
export interface EditRow extends Edited {
  readonly kind: string;
  readonly edit: string;
}

/** One line an edit. Pure. */
export const editTable = (rows: readonly EditRow[]): string =>
  aligned([
    ["kind", "edit", "up ended with", "after s", "failed of asked", "outage s"],
    ...rows.map(({ kind, edit, up, outcome }) => [
      kind,
      edit,
      up.code === 0 ? "success" : "a refusal",
      up.seconds.toFixed(0),
      `${outcome.failed}/${outcome.total}`,
      outcome.outageSeconds.toFixed(2),
    ]),
  ]);
