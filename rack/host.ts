/** What the Metal API asks of the layer that keeps machines: implemented by namespaces here, by fakes in tests. */
export interface MachineRecord {
  /** The device's v4 UUID. */
  readonly id: string;
  readonly hostname: string;
  /** Slot in the rack, from 0: decides addresses and the switch port. */
  readonly index: number;
  readonly privateAddress: string;
  readonly privateGateway: string;
  readonly publicAddress: string;
  readonly publicGateway: string;
  readonly mac: string;
}

export type PowerState = "running" | "off";

export interface MachineHost {
  /** Wires the machine to the rack and boots it from a fresh disk. */
  create(machine: MachineRecord): Promise<void>;
  /** Powers off, unplugs and wipes. Doing it to a machine that is not there is no error. */
  destroy(id: string): Promise<void>;
  /** Power loss: the link goes first, then every process at once. The disk stays. */
  powerOff(id: string): Promise<void>;
  /** Boots an off machine from its disk. */
  powerOn(id: string): Promise<void>;
  /** An orderly reboot, as the machine's own `systemctl reboot`. */
  reboot(id: string): Promise<void>;
  state(id: string): PowerState;
}

/** One machine's BGP session as the switches see it. */
export interface SwitchSession {
  readonly name: string;
  /** The machine's private address: sessions must come from it. */
  readonly address: string;
  readonly gateway: string;
  readonly md5?: string;
  /** An old site: one peer, the private gateway itself, no multihop. */
  readonly legacy: boolean;
}

export interface Switches {
  /** Makes these the sessions, and these the prefixes that are accepted over them. */
  configure(sessions: readonly SwitchSession[], prefixes: readonly string[]): Promise<void>;
}
