/** What a fault may do to one machine. */
export interface FaultTarget {
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  reboot(): Promise<void>;
  /** Gives a machine that exists an empty disk and another host key. */
  reinstall(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  cutLink(): Promise<void>;
  mendLink(): Promise<void>;
  /** Drops every packet of the machine; its link stays up. */
  silence(): Promise<void>;
  unsilence(): Promise<void>;
  /** Runs a program inside the machine. */
  exec(argv: readonly string[]): Promise<string>;
}

/** Something that happens to a machine, and how it ends. */
export interface Fault {
  readonly name: string;
  /** One line for a person. */
  readonly what: string;
  inject(machine: FaultTarget): Promise<void>;
  /** Absent when the fault is over as soon as it has happened. */
  heal?(machine: FaultTarget): Promise<void>;
}
