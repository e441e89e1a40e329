import type { PowerState } from "../host";

/** What the rack knows of itself without asking a machine. */
export interface RackState {
  readonly machines: readonly {
    readonly id: string;
    readonly name: string;
    /** Rented from the Metal API, or there before. */
    readonly kind: "rented" | "bare";
    /** Private address. */
    readonly address: string;
    /** Where SSH reaches it; a bare machine has one address. */
    readonly publicAddress: string;
    /** A bare machine's SSH host key, known before it boots. */
    readonly hostKey?: string;
    readonly state: PowerState;
    /** Names of the faults that hold at the moment. */
    readonly faults: readonly string[];
  }[];
  readonly switches: readonly {
    readonly switch: string;
    /** Names of the faults that hold at the moment. */
    readonly faults: readonly string[];
    readonly sessions: readonly { readonly machine: string; readonly established: boolean }[];
    readonly routes: readonly { readonly prefix: string; readonly nextHops: readonly string[] }[];
  }[];
}
