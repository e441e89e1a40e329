import type { ChangeKind, Properties } from "./wire";

export type Severity = "debug" | "info" | "warning" | "error";

/** One call about one resource. */
export interface Call {
  readonly urn: string;
  /** Type token, e.g. `command:remote:Command`. */
  readonly type: string;
  /** The resource's name in the program. */
  readonly name: string;
  /** Aborted when the engine cancels, or when the resource's custom timeout is over; the reason says which. */
  readonly signal: AbortSignal;
  /** The resource's custom timeout in seconds; undefined when it has none. */
  readonly timeoutSeconds?: number;
  /** A line under the resource in the engine's display. Ephemeral lines are shown as its status only. */
  log(message: string, severity?: Severity, ephemeral?: boolean): void;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures?: readonly { readonly property: string; readonly reason: string }[];
}

export interface Change {
  readonly id: string;
  readonly state: Properties;
  readonly oldInputs: Properties;
  readonly news: Properties;
}

export interface Difference {
  /** What changed at which path. */
  readonly paths: Record<string, ChangeKind>;
  /** Whether a change at this path needs a new resource. */
  readonly replaces: (path: string) => boolean;
}

export interface Live {
  /** Empty when the resource does not exist (any more). */
  readonly id: string;
  readonly state: Properties;
  readonly inputs: Properties;
}

/** What a plugin knows about one type of resource. Inputs and states carry secret marks. */
export interface Resource {
  check?(call: Call, olds: Properties | undefined, news: Properties): Promise<Checked>;
  diff(call: Call, change: Change): Promise<Difference>;
  create(call: Call, inputs: Properties, preview: boolean): Promise<{ id: string; state: Properties }>;
  update(call: Call, change: Change, preview: boolean): Promise<Properties>;
  delete(call: Call, id: string, state: Properties): Promise<void>;
  /** Without it, refresh keeps what the state says. */
  read?(call: Call, id: string, state: Properties, inputs: Properties): Promise<Live>;
}

export interface Provider {
  readonly name: string;
  /** The version of the real plugin that this one stands in for. */
  readonly version: string;
  resource(type: string): Resource | undefined;
}
