import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { isHost, machineAddressProblem } from "../values/addresses";
import { BGP_PEERS, bgpPeers, type BgpPeerArgs, type BgpPeerSpec } from "../endpoint/bgp-peers";
import { INTERFACE, USER } from "../values/linux-names";
import { isLabel } from "../values/names";
import { describe } from "../values/problems";
import { HOST_KEY, hostKeyProblem } from "../values/ssh-keys";
import { SSH_PORT, tcpPort } from "../values/ports";
import { checkedText, lateText, type LateText } from "../values/forms";

/** A machine that exists and that SSH reaches, or that another resource of the same program makes. */
export interface HostArgs {
  /**
   * The machine's own host name, a DNS label; its Node is called the same.
   * @example "rack1-a"
   */
  name: string;
  /**
   * Private IPv4 address: etcd, the API server and BGP sessions use it.
   * @example "10.0.0.11"
   */
  address: pulumi.Input<string>;
  /**
   * Where SSH reaches the machine, an address or a DNS name.
   * @default `address`
   */
  sshHost?: pulumi.Input<string>;
  /**
   * TCP port of sshd.
   * @default 22
   */
  port?: number;
  /**
   * User to log in as; needs root's rights, by `sudo` without a password if it is not root.
   * @default `ssh.user`
   */
  user?: string;
  /**
   * The machine's SSH host key, checked from the first connection on. `ssh-keyscan -t ed25519 <machine>` prints it
   * behind the machine's name; compare it with /etc/ssh/ssh_host_ed25519_key.pub on the machine. Another key means
   * another machine, which joins anew.
   * @example "ssh-ed25519 AAAA..."
   */
  hostKey: pulumi.Input<string>;
  /**
   * The network interface that has `address`.
   * @default found by the address
   */
  interface?: string;
  /**
   * The machine that SSH goes through.
   * @default none: SSH goes straight to the machine
   */
  bastion?: BastionArgs;
  /**
   * The BGP neighbours of this machine, with an endpoint of kind kube-vip-bgp.
   * @default `endpoint.peers`
   */
  peers?: BgpPeerArgs[];
}

export interface BastionArgs {
  /** Address or DNS name. */
  host: pulumi.Input<string>;
  /** @default 22 */
  port?: number;
  /** @default `ssh.user` */
  user?: string;
  /**
   * The bastion's SSH host key. Give it: without it, any machine in the bastion's place is trusted, though the machine
   * behind the bastion is still checked.
   * @default none: not checked
   */
  hostKey?: pulumi.Input<string>;
}

/** The complete form of {@link HostArgs}. Texts that another resource makes are Outputs. */
export interface HostSpec {
  readonly name: string;
  readonly address: LateText;
  readonly sshHost: LateText;
  readonly port: number;
  /** Absent: `ssh.user`. */
  readonly user?: string;
  /** `<type> <base64>`. */
  readonly hostKey: LateText;
  readonly interface?: string;
  readonly bastion?: {
    readonly host: LateText;
    readonly port: number;
    readonly user?: string;
    readonly hostKey?: LateText;
  };
  readonly peers?: readonly BgpPeerSpec[];
}

export const HOSTS = "a list of machines, each with name, address and hostKey";

const host = (what: string) =>
  lateText(what, value =>
    isHost(value) ? undefined : `found ${describe(value)}, expected ${what}; scheme, user and port have no place in it`,
  );

const hostKey = lateText(HOST_KEY, hostKeyProblem, key => key.trim().split(/\s+/).slice(0, 2).join(" "));

export const hostSchema = z
  .object({
    name: checkedText("a host name, a DNS label", name =>
      isLabel(name)
        ? undefined
        : `found ${describe(name)}, expected the machine's host name, a DNS label of at most 63 characters: a-z, 0-9 and inner "-"`,
    ),
    address: lateText("a private IPv4 address", machineAddressProblem),
    sshHost: host("an address or a DNS name to reach by SSH").optional(),
    port: tcpPort(SSH_PORT),
    user: USER.optional(),
    hostKey,
    interface: INTERFACE.optional(),
    bastion: z
      .object({
        host: host("the bastion's address or DNS name"),
        port: tcpPort(SSH_PORT),
        user: USER.optional(),
        hostKey: hostKey.optional(),
      })
      .strict()
      .optional(),
    peers: bgpPeers(BGP_PEERS).optional(),
  })
  .strict();

export type HostSection = z.output<typeof hostSchema>;

export const completeHost = (given: HostSection): HostSpec => ({ ...given, sshHost: given.sshHost ?? given.address });
