import * as pulumi from "@pulumi/pulumi";
import type { KubeVipBgp } from "../../cloud-init/contract/node";
import { USUAL_AS } from "../config/endpoint/bgp-peers";
import type { KubeVipBgpSpec } from "../config/spec";
import type { EndpointKind, EndpointMachines } from "./endpoint-kind";
import { md5Passwords, openPeers } from "./neighbours";

export const kubeVipBgp: EndpointKind<KubeVipBgpSpec> = {
  announcer: (endpoint, machines) => ({
    kind: endpoint.kind,
    ...(endpoint.speaker === "bird" ? { speaker: endpoint.speaker } : {}),
    ...(endpoint.image === undefined ? {} : { image: endpoint.image }),
    ...(endpoint.bfd === undefined ? {} : { bfd: endpoint.bfd }),
    holdSeconds: endpoint.holdSeconds,
    keepaliveSeconds: endpoint.keepaliveSeconds,
    probeSeconds: endpoint.probeSeconds,
    ...sessions(endpoint, machines),
  }),
  images: ({ image }) => (image === undefined ? [] : [image]),
  peers: ({ peers }) => peers,
  secrets: ({ peers }) => {
    const md5 = Array.isArray(peers) ? md5Passwords(peers) : undefined;
    return md5 === undefined ? undefined : pulumi.output(md5).apply(md5 => ({ md5 }));
  },
};

/** Empty when the metadata says everything about the sessions. */
function sessions(
  { peers, localAs, source }: KubeVipBgpSpec,
  { ownPeers }: EndpointMachines,
): Pick<KubeVipBgp, "peers" | "localAs" | "source"> {
  return {
    ...(ownPeers
      ? { peers: "identity", localAs: localAs ?? USUAL_AS }
      : Array.isArray(peers)
        ? { peers: openPeers(peers), localAs }
        : {}),
    ...(source === undefined ? {} : { source }),
  };
}
