/** What a machine is for. Balancers exist only with the endpoint kind `balancers`. */
export type Role = "control-plane" | "worker" | "balancer";

/** A machine that asks Equinix Metal's metadata service who it is. */
export interface EquinixMetalIdentity {
  readonly kind: "equinix-metal";
  /** @default "https://metadata.platformequinix.com/metadata" */
  readonly metadataUrl: string;
}

/** A machine that existed before: who it is lies in `IDENTITY_FILE`, a `MachineIdentity`. */
export interface SshIdentity {
  readonly kind: "ssh";
}

/**
 * Written over SSH before `prepare` runs, and anew by every grant from its `machine`; absent where the
 * machine asks a metadata service.
 */
export const IDENTITY_FILE = "/etc/rackplane/identity.json";

/** A BGP neighbour, without its password. */
export interface BgpPeer {
  readonly address: string;
  readonly as: number;
  /** The neighbour is more than one hop away. */
  readonly multihop: boolean;
}

export interface MachineIdentity {
  /** Host name and Node name. */
  readonly name: string;
  /** Private IPv4 address: etcd, API server and BGP sessions use it. */
  readonly address: string;
  /** The interface that has the address; absent: found by the address. */
  readonly interface?: string;
  /** This machine's own BGP neighbours; absent: the announcer's. Not in rosters. */
  readonly peers?: readonly BgpPeer[];
}
