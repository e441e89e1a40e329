import type { MachineSystem } from "./machines/systems";

/** A machine of the rack: rented from the Metal API, or one that already exists. */
export type MachineRecord = RentedMachine | BareMachine;

interface AnyMachine {
  /** A v4 UUID; a rented machine's is its device's. */
  readonly id: string;
  readonly hostname: string;
  readonly mac: string;
  /** What its disk is made from; absent: the default of machines/systems.ts. */
  readonly system?: MachineSystem;
}

/** A device of the Metal API: routed point to point, in private and in public. */
export interface RentedMachine extends AnyMachine {
  readonly network?: undefined;
  /** Slot in the rack, from 0: decides addresses and the switch port. */
  readonly index: number;
  readonly privateAddress: string;
  readonly privateGateway: string;
  readonly publicAddress: string;
  readonly publicGateway: string;
}

/** A machine that already exists: on the LAN with its like, no cloud knows it, and SSH is the way in. */
export interface BareMachine extends AnyMachine {
  readonly network: "lan";
  /** In the LAN, see topology.ts. */
  readonly address: string;
  /** Public key of the operator, who may log in as root. */
  readonly authorizedKey: string;
}

export type PowerState = "running" | "off";

/** What the Metal API asks of the layer that keeps machines: implemented by namespaces here, by fakes in tests. */
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
  /** The switch speaks BFD with it, at any distance. @default false */
  readonly bfd?: boolean;
  /** An old site: one peer, the private gateway itself, no multihop. */
  readonly legacy: boolean;
}

export interface Switches {
  /** Makes these the sessions, and these the prefixes that are accepted over them. */
  configure(sessions: readonly SwitchSession[], prefixes: readonly string[]): Promise<void>;
}
