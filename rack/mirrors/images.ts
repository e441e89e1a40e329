import { DEFAULT_KUBERNETES_VERSION } from "../../cloud-init/kubernetes-versions";
import { DEBIAN_TOOLS, type ToolSet } from "./debian-tools";

/** One container image of the mirror: static programs from the cache, now and then with Debian tools beneath. */
export interface ImageSpec {
  /** As a manifest names it: registry, repository. */
  readonly name: string;
  readonly tag: string;
  /** Path in the image -> program, or what it reads, in the cache's `bin`. */
  readonly programs: Readonly<Record<string, string>>;
  /** Debian programs, with their libraries, that the program calls by name. */
  readonly tools?: ToolSet;
  readonly entrypoint: readonly string[];
  /** What follows the entrypoint where a pod says nothing of its own. */
  readonly words?: readonly string[];
  /** It trusts what the rack's machines trust: its program asks a host that the rack answers for. */
  readonly trusts?: true;
}

/** The pinned versions that are not Kubernetes' own; kubeadm of the given Kubernetes asks for these tags. */
interface Companions {
  readonly etcd: string;
  /** The tool of tools/build.sh that this etcd is; by default the usual one. */
  readonly etcdTool?: string;
  readonly coredns: string;
  readonly pause: string;
}

/**
 * Kubernetes versions whose images can be built from the tools in the cache.
 *
 * CoreDNS: kubeadm 1.34.3 asks for v1.12.1, of which no module is to be had here; what runs under that tag is
 * 1.12.0, the patch before, and it is just what 1.33 asks for. Pause is the rack's own program that does the same. The
 * etcdctl and the etcdutl beside every etcd are the usual one's: of 3.5.24 none are to be had. Nothing of a cluster calls the
 * first; the second restores backups.
 */
const COMPANIONS: Readonly<Record<string, Companions>> = {
  "1.34.3": { etcd: "3.6.5-0", coredns: "v1.12.1", pause: "3.10.1" },
  // Built when a stack file names it (`rack:kubernetesVersion`): what a cluster is upgraded to.
  "1.34.4": { etcd: "3.6.5-0", coredns: "v1.12.1", pause: "3.10.1" },
  // What a cluster of the minor before is upgraded from.
  "1.33.13": { etcd: "3.5.24-0", etcdTool: "etcd-3.5.24", coredns: "v1.12.0", pause: "3.10" },
};

/** The versions that the rack can have besides the usual one. */
export const FURTHER_KUBERNETES: readonly string[] = Object.keys(COMPANIONS).filter(
  version => version !== DEFAULT_KUBERNETES_VERSION,
);

/** The tool of tools/build.sh with a further version's programs. */
const kubernetesTool = (version: string): string => `kubernetes-${version}`;

/** Every tool of tools/build.sh that a further version needs. */
export const kubernetesTools = (version: string): readonly string[] => {
  const etcd = COMPANIONS[version]?.etcdTool;
  return [kubernetesTool(version), ...(etcd === undefined ? [] : [etcd])];
};

/** A program of a further tool, seen from the cache's `bin`. */
const programOf = (tool: string, program: string): string => `../bin-${tool}/${program}`;

/** A program of a version of Kubernetes, seen from the cache's `bin`. */
export const kubernetesProgram = (version: string, program: string): string =>
  version === DEFAULT_KUBERNETES_VERSION ? program : programOf(kubernetesTool(version), program);

export const KUBE_VIP_IMAGE = { name: "ghcr.io/kube-vip/kube-vip", tag: "v1.2.2" } as const;
/** Runs under every manifest that is made for a newer one; the suite `kube-vip-0.9` asks for it. */
const OLDER_KUBE_VIP = { name: KUBE_VIP_IMAGE.name, tag: "v0.9.1" } as const;
export const FLANNEL_IMAGE = { name: "ghcr.io/flannel-io/flannel", tag: "v0.26.7" } as const;

/**
 * What the pods of Kubernetes' own tests of the network run, at the tags of {@link COMPANIONS}' Kubernetes. All are
 * agnhost here: of the second the tests call dig, which the first has as well, and of the third they want that it runs.
 */
export const CONFORMANCE_IMAGES = [
  { name: "registry.k8s.io/e2e-test-images/agnhost", tag: "2.56" },
  { name: "registry.k8s.io/e2e-test-images/jessie-dnsutils", tag: "1.7" },
  { name: "registry.k8s.io/e2e-test-images/nginx", tag: "1.14-4" },
] as const;

/** Every image a cluster of this version pulls in the rack, in the order they are built. */
export function imagesFor(kubernetesVersion: string): readonly ImageSpec[] {
  const companions = COMPANIONS[kubernetesVersion];
  if (!companions) {
    throw new Error(
      `rack/mirrors/images.ts: found Kubernetes ${kubernetesVersion}, expected one of ` +
        `${Object.keys(COMPANIONS).join(", ")}; build that version's tools and add its companions' tags`,
    );
  }
  const component = (program: string, tools?: ToolSet): ImageSpec => ({
    name: `registry.k8s.io/${program}`,
    tag: `v${kubernetesVersion}`,
    programs: { [`/usr/local/bin/${program}`]: kubernetesProgram(kubernetesVersion, program) },
    tools,
    entrypoint: [program],
  });
  return [
    component("kube-apiserver"),
    component("kube-controller-manager"),
    component("kube-scheduler"),
    // It writes its rules with nft, in the iptables mode with iptables and its restore.
    component("kube-proxy", DEBIAN_TOOLS.packetFilter),
    {
      name: "registry.k8s.io/coredns/coredns",
      tag: companions.coredns,
      programs: { "/coredns": "coredns" },
      entrypoint: ["/coredns"],
    },
    { name: "registry.k8s.io/pause", tag: companions.pause, programs: { "/pause": "pause" }, entrypoint: ["/pause"] },
    {
      name: "registry.k8s.io/etcd",
      tag: companions.etcd,
      programs: {
        "/usr/local/bin/etcd": companions.etcdTool === undefined ? "etcd" : programOf(companions.etcdTool, "etcd"),
        "/usr/local/bin/etcdctl": "etcdctl",
        "/usr/local/bin/etcdutl": "etcdutl",
      },
      entrypoint: ["etcd"],
    },
    { ...KUBE_VIP_IMAGE, programs: { "/kube-vip": "kube-vip" }, entrypoint: ["/kube-vip"] },
    {
      // Upstream's path. It looks up iptables and iptables-restore, or nft, and has ip for its debuggers.
      ...FLANNEL_IMAGE,
      programs: { "/opt/bin/flanneld": "flannel" },
      tools: DEBIAN_TOOLS.packetFilter,
      entrypoint: ["/opt/bin/flanneld"],
    },
  ];
}

/** An image that no stack pulls unless its file asks for it, and the tool of tools/build.sh that it is made from. */
interface FurtherImage {
  readonly tool: string;
  readonly image: ImageSpec;
}

const FURTHER: readonly FurtherImage[] = [
  {
    tool: "kube-vip-0.9",
    image: { ...OLDER_KUBE_VIP, programs: { "/kube-vip": "kube-vip-0.9" }, entrypoint: ["/kube-vip"] },
  },
  {
    tool: "kube-vip-cloud-provider",
    image: {
      name: "ghcr.io/kube-vip/kube-vip-cloud-provider",
      tag: "v0.0.12",
      programs: { "/kube-vip-cloud-provider": "kube-vip-cloud-provider" },
      entrypoint: ["/kube-vip-cloud-provider"],
    },
  },
  ...CONFORMANCE_IMAGES.map(image => ({
    tool: "conformance",
    image: {
      ...image,
      // The certificate and its key lie where agnhost looks for them.
      programs: { "/agnhost": "agnhost", "/localhost.crt": "agnhost.crt", "/localhost.key": "agnhost.key" },
      tools: DEBIAN_TOOLS.questions,
      entrypoint: ["/agnhost"],
      words: ["pause"],
    },
  })),
  {
    tool: "cloud-provider-equinix-metal",
    image: {
      name: "quay.io/equinix-oss/cloud-provider-equinix-metal",
      tag: "v3.8.1",
      programs: { "/cloud-provider-equinix-metal": "cloud-provider-equinix-metal" },
      entrypoint: ["/cloud-provider-equinix-metal"],
      trusts: true,
    },
  },
];

/** The further images among these references; those that are always built are none. */
export const furtherImages = (references: readonly string[]): readonly FurtherImage[] =>
  FURTHER.filter(({ image }) => references.includes(referenceOf(image)));

/** `registry.k8s.io/pause:3.10.1` */
export const referenceOf = (image: { name: string; tag: string }) => `${image.name}:${image.tag}`;

/** The repository in the mirror: all upstream registries share it, so their host names are left out. */
export const repositoryOf = (image: { name: string }) => image.name.slice(image.name.indexOf("/") + 1);
