import type { MachineRecord } from "../host";
import { lanPlace } from "../topology";

/** The router's end of a machine's cable; the machine's BGP session is called the same. */
export const portOf = (machine: MachineRecord): string =>
  machine.network === "lan" ? lanPort(machine.address) : `m${machine.index}`;

/** A port of the LAN's bridge. */
export const lanPort = (address: string): string => `b${lanPlace(address)}`;

/** The packet filter's family that sees a machine's frames: within the LAN they are bridged, not routed. */
export const familyOf = (machine: MachineRecord): "inet" | "bridge" => (machine.network === "lan" ? "bridge" : "inet");
