import * as pulumi from "@pulumi/pulumi";
import type { KubeVipBgp } from "../../cloud-init/contract/node";
import { USUAL_AS } from "../config/endpoint/bgp-peers";
import type { KubeVipBgpSpec } from "../config/spec";
import type { EndpointKind, EndpointMachines } from "./endpoint-kind";
import { md5Passwords, openPeers } from "./neighbours";

export const kubeVipBgp: EndpointKind<KubeVipBgpSpec> = {
  announcer: (endpoint, machines) => ({
    kind: endpoint.kind,
    ...(endpoint.speaker === undefined ? {} : { speaker: endpoint.speaker, bfd: endpoint.bfd }),
    image: endpoint.image,
    holdSeconds: endpoint.holdSeconds,
    keepaliveSeconds: endpoint.keepaliveSeconds,
    probeSeconds: endpoint.probeSeconds,
    ...sessions(endpoint, machines),
  }),
  // BIRD is the distribution's package.
  images: ({ image, speaker }) => (speaker === undefined ? [image] : []),
  peers: ({ peers }) => peers,
  secrets: ({ peers, speaker }) => {
    const md5 = Array.isArray(peers) ? md5Passwords(peers) : undefined;
    return md5 === undefined
      ? undefined
      : pulumi.output(md5).apply(md5 => ({ md5: speaker === "bird" ? quotable(md5) : md5 }));
  },
};

/** @throws Error naming the neighbour whose password BIRD's configuration, which knows no escapes, cannot hold */
function quotable(md5: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [bad] = Object.entries(md5).find(([, password]) => /["\\]/.test(password)) ?? [];
  if (bad === undefined) return md5;
  throw new Error(
    `endpoint.peers: found an MD5 password with a quote or a backslash for ${bad}, expected none of both with the speaker "bird"; give the session another one`,
  );
}

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
