import * as pulumi from "@pulumi/pulumi";
import type { KubeVipBgp } from "../../cloud-init/node-spec";
import type { ClusterSpec, KubeVipBgpSpec } from "../config/spec";
import type { EndpointKind } from "./endpoint-kind";
import { md5Passwords, openPeers } from "./neighbours";
import { USUAL_AS } from "../config/endpoint/kube-vip-bgp";

export const kubeVipBgp: EndpointKind<KubeVipBgpSpec> = {
  announcer: (endpoint, spec) => ({
    kind: endpoint.kind,
    image: endpoint.image,
    holdSeconds: endpoint.holdSeconds,
    keepaliveSeconds: endpoint.keepaliveSeconds,
    probeSeconds: endpoint.probeSeconds,
    ...sessions(endpoint, spec),
  }),
  images: ({ image }) => [image],
  secrets: ({ peers }) => {
    const md5 = Array.isArray(peers) ? md5Passwords(peers) : undefined;
    return md5 === undefined ? undefined : pulumi.output(md5).apply(md5 => ({ md5 }));
  },
};

/** Nothing where the metadata tells all. */
function sessions(
  { peers, localAs, source }: KubeVipBgpSpec,
  { machines }: ClusterSpec,
): Pick<KubeVipBgp, "peers" | "localAs" | "source"> {
  const own =
    peers === "metal-api" || (machines.kind === "ssh" && machines.hosts.some(host => host.peers !== undefined));
  return {
    ...(own
      ? { peers: "identity", localAs: localAs ?? USUAL_AS }
      : Array.isArray(peers)
        ? { peers: openPeers(peers), localAs }
        : {}),
    ...(source === undefined ? {} : { source }),
  };
}
