import type { Answer, Write } from "../record";

/** What the clients of one run saw. Times are seconds since `began`. */
export interface Traffic {
  /** Milliseconds since the epoch. */
  readonly began: number;
  readonly connections: readonly Answer[];
  readonly kept: readonly Answer[];
  readonly writes: readonly Write[];
  /** When each event of the watch arrived. */
  readonly watch: readonly number[];
}
