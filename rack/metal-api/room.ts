import type { MachineHost } from "../host";
import type { Lifecycle } from "./lifecycle";
import type { Store } from "./store";
import type { SwitchProgram } from "./switch-program";

export const API_PATH = "/metal/v1";

/** What every group of routes works with. */
export interface Room {
  readonly store: Store;
  readonly machines: MachineHost;
  readonly lifecycle: Lifecycle;
  readonly switchProgram: SwitchProgram;
  /** The time now, as records and answers carry it. */
  readonly timestamp: () => string;
}

/** The path by which answers refer to another resource; the provider takes ids from its last element. */
export const href = (collection: string, id: string) => `${API_PATH}/${collection}/${id}`;

/** The names asked for with `?include=project,facility`. */
export const includes = (query: { include?: string }) => new Set((query.include ?? "").split(",").filter(Boolean));
