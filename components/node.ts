import type { NodeSpec } from "../cloud-init/node-spec";
import type { ClusterSpec } from "./config/spec";

/** The sandbox image by Kubernetes minor: kubeadm's own default (cmd/kubeadm/app/constants, PauseVersion). */
const PAUSE: Readonly<Record<number, string>> = {
  31: "3.10", 32: "3.10", 33: "3.10", 34: "3.10.1", 35: "3.10.1", 36: "3.10.1",
};

/** node.json: the part of the spec that a machine needs, with the VIP filled in. Holds no secret. */
export function nodeSpec(spec: ClusterSpec, vip: string): NodeSpec {
  const minor = Number(spec.kubernetesVersion.split(".")[1]);
  const pause = PAUSE[minor];
  if (pause === undefined) throw new Error(`kubernetesVersion: no sandbox image is known for ${spec.kubernetesVersion}`);
  return {
    schema: 1,
    cluster: { name: spec.name, kubernetesVersion: spec.kubernetesVersion },
    machine: { kind: "equinix-metal", metadataUrl: "https://metadata.platformequinix.com/metadata" },
    endpoint: { address: vip, port: spec.endpoint.port },
    announcer: {
      kind: spec.endpoint.kind,
      image: spec.endpoint.image,
      holdSeconds: spec.endpoint.holdSeconds,
      keepaliveSeconds: spec.endpoint.keepaliveSeconds,
      probeSeconds: spec.endpoint.probeSeconds,
    },
    packages: spec.mirrors.packages,
    images: {
      mirrors: spec.mirrors.images,
      sandbox: `registry.k8s.io/pause:${pause}`,
      extra: [spec.endpoint.image, spec.network.flannelImage],
    },
    deadlines: spec.deadlines,
  };
}
