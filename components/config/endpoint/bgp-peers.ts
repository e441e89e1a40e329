import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { addressProblem, addressRange } from "../values/addresses";
import { problem, type Path, type Problem } from "../values/problems";
import { LINK_LOCAL, overlap } from "../values/ranges";
import type { Partly } from "../values/section";
import { checkedText, expecting, flag, secretText } from "../values/forms";

/** A BGP neighbour: a switch or a route server. */
export interface BgpPeerArgs {
  /** IPv4 address. */
  address: string;
  /** AS number, 1 to 4294967294. */
  as: number;
  /**
   * The neighbour is more than one hop away.
   * @default false
   */
  multihop?: boolean;
  /**
   * MD5 password of the session (RFC 2385), 1 to 80 characters without ":", ",", quotes (") and spaces, which
   * kube-vip's list of peers or BIRD's configuration cannot hold. kube-vip reads it from a file that is root's alone. A kube-vip before 1.0.1, if
   * `endpoint.image` names one, reads no file: there it stands in kube-vip's pod, for everybody who may look at the pods
   * of kube-system (the role `view`).
   * @default none: a session without MD5
   */
  md5Password?: pulumi.Input<string>;
}

/** The complete form of {@link BgpPeerArgs}. */
export interface BgpPeerSpec {
  readonly address: string;
  readonly as: number;
  readonly multihop: boolean;
  /** Secret. */
  readonly md5Password?: pulumi.Output<string>;
}

export const BGP_PEERS = "a list of neighbours, each with address and as";

/**
 * The machines' AS number where the configuration names none: the customer's in Equinix Metal's local BGP (its
 * documentation, "Local BGP"), and a private one (RFC 6996) anywhere else.
 */
export const USUAL_AS = 65000;

/** AS numbers that no router may use as its own, and what each is reserved for. */
const RESERVED_AS: Readonly<Record<number, string>> = {
  0: "RFC 7607",
  23456: "AS_TRANS, RFC 6793",
  65535: "RFC 7300",
  4294967295: "RFC 7300",
};
const AS = "an AS number, 1 to 4294967294";

export const asNumber = z
  .number(expecting(AS))
  .int()
  .min(0)
  .max(4294967295)
  .superRefine((as, context) => {
    const why = RESERVED_AS[as];
    if (why !== undefined)
      context.addIssue({ code: "custom", message: `found ${as}, which is reserved (${why}); expected ${AS}` });
  });

const PASSWORD = '1 to 80 printable characters without ":", ",", quotes (") and spaces';
const passwordProblem = (password: string): string | undefined =>
  /^[!#-+\--9;-~]{1,80}$/.test(password)
    ? undefined
    : `found ${password.length} characters that do not fit, expected ${PASSWORD}; kube-vip's list of peers or BIRD's configuration holds no others`;

/** Equinix Metal's switches have link-local addresses, so a neighbour may have one. */
const peerAddressProblem = (address: string): string | undefined => {
  const range = addressRange(address);
  return range !== undefined && overlap(range, LINK_LOCAL) ? undefined : addressProblem(address);
};

export const bgpPeers = (what: string) =>
  z.array(
    z
      .object({
        address: checkedText("a neighbour's IPv4 address", peerAddressProblem),
        as: asNumber,
        multihop: flag().default(false),
        md5Password: secretText(PASSWORD, passwordProblem).optional(),
      })
      .strict(),
    expecting(what),
  );

/** Neighbours named twice, and empty lists. */
export function peerListProblems(peers: Partly<readonly BgpPeerSpec[]> | undefined, path: Path): Problem[] {
  if (peers?.length === 0)
    return [problem(path, "found an empty list, expected one neighbour or more; nobody would learn of the VIP")];
  const addresses = (peers ?? []).map(({ address }) => address);
  return addresses.flatMap((address, i) => {
    const first = addresses.indexOf(address);
    return address === undefined || first === i
      ? []
      : [
          problem(
            [...path, i, "address"],
            `found ${JSON.stringify(address)} as in [${first}], expected each neighbour once; one session with each is made`,
          ),
        ];
  });
}
