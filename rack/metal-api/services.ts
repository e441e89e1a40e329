import type { MachineHost } from "../host";
import type { Lifecycle } from "./lifecycle";
import type { Store } from "./store";
import type { SwitchProgram } from "./switch-program";

/** What every group of routes works with. */
export interface Room {
  readonly store: Store;
  readonly machines: MachineHost;
  readonly lifecycle: Lifecycle;
  readonly switchProgram: SwitchProgram;
  /** The time now, as records and answers carry it. */
  readonly timestamp: () => string;
}
