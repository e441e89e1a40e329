/** What a fault may do to one machine. */
export interface FaultTarget {
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  reboot(): Promise<void>;
  /** In order, as `systemctl poweroff` does; returns when the machine is off. */
  shutDown(): Promise<void>;
  /** Gives a machine that exists an empty disk and another host key. */
  reinstall(): Promise<void>;
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  cutLink(): Promise<void>;
  mendLink(): Promise<void>;
  /** Drops every packet of the machine, or only what it sends; its link stays up. */
  silence(what?: "all" | "sent"): Promise<void>;
  unsilence(): Promise<void>;
  /** Parts the machine from every other one; switches, services and the operator hear it still. */
  part(): Promise<void>;
  unpart(): Promise<void>;
  /** Runs a program inside the machine, with `input` as its standard input. */
  exec(argv: readonly string[], input?: string): Promise<string>;
}

/** What a fault may do to one of the two switches. */
export interface SwitchTarget {
  /** Its power: no session of it says goodbye, and its routes are gone. */
  powerOff(): Promise<void>;
  powerOn(): Promise<void>;
  /** Closes every session once. @returns how many it closed */
  resetSessions(): Promise<number>;
  /** Another MD5 password for every session, on the switch's side alone; `false`: the one that was agreed on. */
  wrongPassword(wrong: boolean): Promise<void>;
  /** Of the sessions that it is to have, how many are established. */
  established(): Promise<number>;
}

/** What of a way to hold the VIP decides whether a fault can happen to it. */
export interface Site {
  /** `endpoint.kind` of the stack. */
  readonly endpoint: string;
  /** What stands in front of the API servers on our machines, where something does. */
  readonly balancer?: "haproxy" | "nginx";
}

interface Named {
  readonly name: string;
  /** One line for a person. */
  readonly what: string;
  /** Whether it can happen there. @default everywhere */
  readonly applies?: (site: Site) => boolean;
}

/** Something that happens to a target, and how it ends. Every step fails unless it took effect. */
interface Steps<Target> {
  /** What has to be there before, which may disturb the cluster; `tidy` takes it away. Both at most two minutes. */
  readonly prepare?: (target: Target) => Promise<void>;
  /** @throws Error when the fault did not take effect */
  inject(target: Target): Promise<void>;
  /** Absent when the fault is over as soon as it has happened. To do it twice is no error. */
  readonly heal?: (target: Target) => Promise<void>;
  readonly tidy?: (target: Target) => Promise<void>;
  /**
   * What must be true afterwards besides a whole cluster: what `./rackplane status` cannot see, or sees too late, as a
   * kubelet whose Node is Ready for 40 s after its death.
   */
  readonly over?: (target: Target) => Promise<boolean>;
}

/** What is the same for every target. */
export interface FaultOf<Target> extends Named, Steps<Target> {}

/** Something that happens to a machine. */
export interface MachineFault extends FaultOf<FaultTarget> {
  readonly of: "machine";
}

/** Something that happens to a switch. */
export interface SwitchFault extends FaultOf<SwitchTarget> {
  readonly of: "switch";
}

export type Fault = MachineFault | SwitchFault;
