/** What a fault may do to one machine. */
export interface FaultTarget {
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  reboot(): Promise<void>;
  /** Ends once it is off. */
  shutDown(): Promise<void>;
  /** Gives a machine that exists an empty disk and another host key. */
  reinstall(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  cutLink(): Promise<void>;
  mendLink(): Promise<void>;
  /** Drops every packet of the machine; its link stays up. */
  silence(): Promise<void>;
  unsilence(): Promise<void>;
  /** Addresses of all other machines of the rack. */
  readonly others: readonly string[];
  /** Runs a program inside the machine. */
  exec(argv: readonly string[]): Promise<string>;
}

/** What a fault may do to one of the two switches. */
export interface SwitchTarget {
  /** Nobody hears of it any more, and it forwards nothing. */
  down(): Promise<void>;
  up(): Promise<void>;
  /** Ends all its BGP sessions once. */
  resetSessions(): Promise<void>;
  /** Expects another MD5 password than the machines have, from a new beginning of each session on; or the right one. */
  mistrust(wrong: boolean): Promise<void>;
}

/** Something that happens to a machine or a switch, and how it ends. */
interface FaultOn<Target> {
  readonly name: string;
  /** One line for a person. */
  readonly what: string;
  inject(target: Target): Promise<void>;
  /** Absent when the fault is over as soon as it has happened. */
  heal?(target: Target): Promise<void>;
}

export type Fault = FaultOn<FaultTarget>;
export type SwitchFault = FaultOn<SwitchTarget>;
