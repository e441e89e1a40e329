import { downloadEnvironment } from "../../cloud-init/proxy";
import type { Announcer, NodeSpec } from "../../cloud-init/contract/node";

/** An announcer with ARP and its default timers. */
export const arpAnnouncer = {
  kind: "kube-vip-arp",
  image: "kube-vip",
  leaseSeconds: 5,
  renewSeconds: 3,
  retrySeconds: 1,
  probeSeconds: 1,
} as const satisfies Announcer;

/** The node document of a cluster that sets nothing but what it must. */
export const plainNode: NodeSpec = {
  schema: 1,
  cluster: { name: "demo", kubernetesVersion: "1.34.3" },
  machine: { kind: "equinix-metal", metadataUrl: "https://metadata.platformequinix.com/metadata" },
  endpoint: { address: "203.0.113.1", port: 6443 },
  announcer: {
    kind: "kube-vip-bgp",
    image: "ghcr.io/kube-vip/kube-vip:v1.2.2",
    holdSeconds: 3,
    keepaliveSeconds: 1,
    probeSeconds: 1,
  },
  packages: {
    url: "https://pkgs.k8s.io/core:/stable:/v1.34/deb/",
    keyUrl: "https://pkgs.k8s.io/core:/stable:/v1.34/deb/Release.key",
  },
  images: {
    mirrors: {},
    sandbox: "registry.k8s.io/pause:3.10.1",
    extra: ["ghcr.io/kube-vip/kube-vip:v1.2.2", "ghcr.io/flannel-io/flannel:v0.26.7"],
  },
  deadlines: { metadata: 300, bgpNeighbors: 900, downloads: 900, member: 600 },
};

/** A site behind a proxy: packages with a pinned key and images from mirrors, one of them a caching registry's path. */
export const mirroredNode: NodeSpec = {
  ...plainNode,
  packages: {
    url: "http://mirror.example.com/kubernetes/v1.34/",
    keyUrl: "http://mirror.example.com/kubernetes/key.asc",
    keySha256: "a".repeat(64),
  },
  downloadEnvironment: downloadEnvironment({ url: "http://proxy.example.com:3128", except: ["mirror.example.com"] }),
  images: {
    ...plainNode.images,
    mirrors: { "registry.k8s.io": "http://mirror.example.com:5000", "ghcr.io": "https://harbor.example.com/v2/ghcr" },
  },
};

/** What matters of a kubeconfig: its client, with the certificate `CERT` and the key `KEY`. */
export const ADMINISTRATOR = "users:\n- user:\n    client-certificate-data: Q0VSVAo=\n    client-key-data: S0VZCg==\n";
