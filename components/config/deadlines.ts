import { z } from "zod";
import { whole } from "./values/forms";

/** Seconds that a step waits before it fails and says what it waited for. */
export interface DeadlinesArgs {
  /**
   * The metadata service answers with the machine's private address; 10 to 3600 s.
   * @default 300
   */
  metadata?: number;
  /**
   * `bgp_neighbors` appears in the metadata; 10 to 7200 s.
   * @default 900
   */
  bgpNeighbors?: number;
  /**
   * Each package or image download, retries included; 30 to 7200 s.
   * @default 900
   */
  downloads?: number;
  /**
   * A machine becomes a healthy member; 60 to 7200 s.
   * @default 600
   */
  member?: number;
}

export const deadlinesSchema = z
  .object({
    metadata: whole("whole seconds", 10, 3600).default(300),
    bgpNeighbors: whole("whole seconds", 10, 7200).default(900),
    downloads: whole("whole seconds", 30, 7200).default(900),
    member: whole("whole seconds", 60, 7200).default(600),
  })
  .strict()
  .default({});
