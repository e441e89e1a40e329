import type * as pulumi from "@pulumi/pulumi";

/** A machine as the rest of the program sees it, wherever it came from. */
export interface Machine {
  /** Host name and Node name. */
  readonly name: string;
  /** Private IPv4 address: etcd, the API server and BGP sessions use it. */
  readonly address: pulumi.Output<string>;
  /** Where SSH reaches it. */
  readonly sshHost: pulumi.Output<string>;
  /** Changes exactly when the machine is another one, with an empty disk. */
  readonly identity: pulumi.Output<string>;
  /** What must exist before the machine can finish its preparation, its BGP session for one. */
  readonly needs: pulumi.Resource[];
}
