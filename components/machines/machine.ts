import type * as pulumi from "@pulumi/pulumi";
import type { BgpPeer, Role } from "../../cloud-init/contract/identity";
import type { HostSpec, MachinesSpec } from "../config/spec";

/** A machine as the rest of the program sees it, wherever it came from. */
export interface Machine {
  readonly kind: MachinesSpec["kind"];
  readonly role: Role;
  /** Host name and Node name. */
  readonly name: string;
  /** The name of its resources behind the cluster's name: `cp-0`, or a host's own name. */
  readonly key: string;
  /** Private IPv4 address: etcd, the API server and BGP sessions use it. */
  readonly address: pulumi.Output<string>;
  /** Where SSH reaches it. */
  readonly sshHost: pulumi.Output<string>;
  /** How SSH gets there. */
  readonly login: Login;
  /** Checked on every connection; absent: learnt from the first one. */
  readonly hostKey?: pulumi.Input<string>;
  /** The user data that it booted with; absent where it exists already. */
  readonly userData?: pulumi.Output<string | undefined>;
  /** Changes exactly when the machine is another one, with an empty disk. */
  readonly identity: pulumi.Output<string>;
  /** How often it was asked to be replaced, of a machine that keeps its name; absent: never. A rented one's is in its name. */
  readonly generation?: number;
  /** The interface that has the address; absent: found by the address. */
  readonly interface?: string;
  /** Its own BGP neighbours, where they differ from machine to machine. */
  readonly neighbours?: Neighbours;
  /** What must exist before the machine can finish its preparation, its BGP session for one. */
  readonly needs: readonly pulumi.Resource[];
}

export interface Login {
  readonly user: string;
  /** Absent: 22. */
  readonly port?: number;
  readonly bastion?: HostSpec["bastion"];
}

export interface Neighbours {
  readonly peers: pulumi.Output<readonly BgpPeer[]>;
  /** Neighbour's address to password, secret; absent where there is none. */
  readonly md5?: pulumi.Output<Readonly<Record<string, string>> | undefined>;
}

/** A machine that is ready for its grant, and the key that it is known by. */
export interface PreparedMachine extends Machine {
  readonly hostKey: pulumi.Output<string>;
  /** The preparation: what a command on the machine depends on. */
  readonly prepared: pulumi.Resource;
}
