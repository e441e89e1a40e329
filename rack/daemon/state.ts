import type { PowerState } from "../host";

/** What the rack knows of itself without asking a machine. */
export interface RackState {
  readonly machines: readonly {
    readonly id: string;
    readonly name: string;
    /** Private address. */
    readonly address: string;
    readonly publicAddress: string;
    readonly state: PowerState;
    /** Names of the faults that hold at the moment. */
    readonly faults: readonly string[];
  }[];
  readonly switches: readonly {
    readonly switch: string;
    readonly sessions: readonly { readonly machine: string; readonly established: boolean }[];
    readonly routes: readonly { readonly prefix: string; readonly nextHops: readonly string[] }[];
  }[];
}
