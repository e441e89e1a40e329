import type { Outcome } from "../probe/outcome";
import { probingThroughout } from "../probe/probing";
import type { WriteOutcome } from "../probe/write-outcome";
import { writingThroughout } from "../probe/writing";
import { rackplane } from "../rack";
import { withStackFile } from "./stack-edit";

/** What a reader and a writer at the VIP saw. */
export interface Seen {
  readonly read: Outcome;
  readonly written: WriteOutcome;
}

/** An `up` of a stack whose file is edited, and what was seen of it. */
export interface WatchedUp extends Seen {
  readonly up: Awaited<ReturnType<typeof rackplane>>;
}

/** The endpoint is read and written 20 times a second from outside for as long as `act` takes, at most `longest` seconds. */
export async function watched(act: () => Promise<void>, longest?: number): Promise<Seen> {
  let written: WriteOutcome | undefined;
  const read = await probingThroughout(
    async () => {
      written = await writingThroughout(act, longest);
    },
    longest === undefined ? {} : { longest },
  );
  if (written === undefined) throw new Error("nothing was written");
  return { read, written };
}

/** One `up` with the file edited, while the endpoint is watched, at most `longest` seconds. */
export async function upWith(stack: string, edit: (text: string) => string, longest?: number): Promise<WatchedUp> {
  let up: WatchedUp["up"] | undefined;
  const seen = await watched(async () => {
    up = await withStackFile(stack, edit, () => rackplane("up", "--stack", stack));
  }, longest);
  if (up === undefined) throw new Error("up did not end");
  return { up, ...seen };
}
