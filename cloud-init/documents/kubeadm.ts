import { apiServerSettings, type ApiServerFacts } from "./api-server";
import { emptyDirectoryCheck, etcdSettings, type EtcdFacts } from "./etcd";
import { fieldsWithGates, partField, partSettings, withGates, type PartFacts } from "./parts";
import { timeoutsFor } from "./kubeadm-timeouts";
import { DEFAULT_KUBERNETES_VERSION, kubernetesMinor } from "../kubernetes-versions";
import { PATCHES_FOLDER, type Grant } from "../contract/grant";
import type { MachineIdentity } from "../contract/identity";
import type { NodeSpec } from "../contract/node";

/** What kubeadm's documents are made of. */
export interface KubeadmFacts {
  readonly cluster: NodeSpec["cluster"];
  readonly endpoint: NodeSpec["endpoint"];
  readonly network: { readonly podCidr: string; readonly serviceCidr: string; readonly dnsDomain: string };
  /** The machine that will run kubeadm with these documents. */
  readonly machine: MachineIdentity;
  /** Every control-plane machine; `machine` is one of them. */
  readonly roster: readonly MachineIdentity[];
  /** Whether ordinary pods may run on control-plane machines. */
  readonly schedulable: boolean;
  /** Laid over KubeletConfiguration, field by field. */
  readonly kubelet?: object;
  /** Laid over KubeProxyConfiguration, field by field. */
  readonly kubeProxy?: object;
  /** Names and addresses, besides the endpoint's, that API servers' certificates are valid for. */
  readonly apiServerNames: readonly string[];
  /** Phases of `kubeadm init` that are left out. @default none */
  readonly skipPhases?: readonly string[];
  /** The API server's own settings. */
  readonly apiServer?: ApiServerFacts;
  readonly controllerManager?: PartFacts;
  readonly scheduler?: PartFacts;
  /** etcd's own. @default kubeadm's */
  readonly etcd?: EtcdFacts;
  /** Kubernetes' feature gates, for every part. @default none */
  readonly featureGates?: Readonly<Record<string, boolean>>;
  /** There are patches in `PATCHES_FOLDER` (the grant's `files`) for kubeadm to lay over what it makes. */
  readonly patches?: boolean;
  /** `deadlines.member`, in seconds. @default 600, which kubeadm's own limits fit into */
  readonly memberSeconds?: number;
  /** Kubelet leaves its Node to a cloud controller, with a taint that the controller takes away. */
  readonly externalCloud?: boolean;
}

/** What a worker's document is made of. */
export interface WorkerFacts {
  /**
   * Exact version without "v".
   * @default `DEFAULT_KUBERNETES_VERSION`: every supported kubeadm reads its API
   */
  readonly kubernetesVersion?: string;
  readonly machine: MachineIdentity;
  readonly pool: NonNullable<Grant["pool"]>;
  /** There are patches in `PATCHES_FOLDER`: the pool's own kubelet fields. */
  readonly patches?: boolean;
  /** `deadlines.member`, in seconds. @default 600, which kubeadm's own limits fit into */
  readonly memberSeconds?: number;
  /** As in {@link KubeadmFacts}. */
  readonly externalCloud?: boolean;
}

/** The documents of `kubeadm init`, in kubeadm's order, and the one of `kubeadm join` without discovery. */
export interface KubeadmDocuments {
  readonly init: object[];
  readonly join: object;
}

const CRI_SOCKET = "unix:///run/containerd/containerd.sock";

/**
 * kubeadm's documents for one machine, as the kubeadm of the cluster's version reads them. They hold no
 * secret: tokens are minted and keys are added on the machine.
 */
export function kubeadmDocuments(facts: KubeadmFacts): KubeadmDocuments {
  if (!facts.roster.some(({ name, address }) => name === facts.machine.name && address === facts.machine.address))
    throw new Error(
      `roster: found ${facts.roster.map(machine => machine.name).join(", ") || "no machine"}, ` +
        `expected ${facts.machine.name} at ${facts.machine.address} among them; pass every control-plane machine`,
    );
  return {
    init: [
      initConfiguration(facts),
      clusterConfiguration(facts),
      kubeletConfiguration(facts),
      kubeProxyConfiguration(facts),
    ],
    join: joinConfiguration(facts),
  };
}

/**
 * The worker's JoinConfiguration: the worker registers itself with its pool's labels and taints. It holds neither
 * discovery nor anything of a control plane.
 */
export const workerDocument = ({
  kubernetesVersion = DEFAULT_KUBERNETES_VERSION,
  machine,
  pool,
  patches,
  memberSeconds,
  externalCloud,
}: WorkerFacts): object => {
  const labels = Object.entries(pool.labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(",");
  return {
    apiVersion: kubernetesMinor(kubernetesVersion).kubeadmApi,
    kind: "JoinConfiguration",
    nodeRegistration: {
      ...registration(machine, { externalCloud }, labels === "" ? [] : [{ name: "node-labels", value: labels }]),
      taints: pool.taints,
    },
    ...patchesOf(patches),
    ...timeoutsFor(memberSeconds),
  };
};

const initConfiguration = (facts: KubeadmFacts) => ({
  apiVersion: kubeadmApi(facts),
  kind: "InitConfiguration",
  // An empty list means one token that lives a day. This one, its secret random and never printed, is
  // deleted as soon as the cluster is formed; the short life covers a machine that dies before that.
  bootstrapTokens: [{ ttl: "10m0s", description: "made by kubeadm init, deleted once the cluster is formed" }],
  localAPIEndpoint: localApiEndpoint(facts),
  nodeRegistration: nodeRegistration(facts),
  ...skippedPhases(facts),
  ...patchesOf(facts.patches),
  ...timeoutsFor(facts.memberSeconds),
});

const joinConfiguration = (facts: KubeadmFacts) => ({
  apiVersion: kubeadmApi(facts),
  kind: "JoinConfiguration",
  controlPlane: { localAPIEndpoint: localApiEndpoint(facts) },
  nodeRegistration: nodeRegistration(facts),
  ...patchesOf(facts.patches),
  ...timeoutsFor(facts.memberSeconds),
});

const clusterConfiguration = ({ cluster, endpoint, network, apiServerNames, apiServer, ...parts }: KubeadmFacts) => ({
  apiVersion: kubeadmApi({ cluster }),
  kind: "ClusterConfiguration",
  clusterName: cluster.name,
  kubernetesVersion: `v${cluster.kubernetesVersion}`,
  // Set even for one machine: a cluster that starts without it cannot grow, only be rebuilt.
  controlPlaneEndpoint: `${endpoint.address}:${endpoint.port}`,
  networking: { podSubnet: network.podCidr, serviceSubnet: network.serviceCidr, dnsDomain: network.dnsDomain },
  // Every machine adds its own name and address by itself, so the roster may change without new certificates.
  apiServer: {
    certSANs: [...new Set([endpoint.address, ...apiServerNames])],
    ...withGates(apiServerSettings(apiServer), parts.featureGates),
  },
  ...partField("controllerManager", withGates(partSettings(parts.controllerManager), parts.featureGates)),
  ...partField("scheduler", withGates(partSettings(parts.scheduler), parts.featureGates)),
  ...etcdSettings(parts.etcd),
  ...featureGates(cluster.kubernetesVersion),
});

const kubeadmApi = ({ cluster }: Pick<KubeadmFacts, "cluster">): string =>
  kubernetesMinor(cluster.kubernetesVersion).kubeadmApi;

/** The field is left out where there is no gate, as kubeadm itself leaves it out of what it stores. */
function featureGates(kubernetesVersion: string): { featureGates?: Readonly<Record<string, boolean>> } {
  const { featureGates } = kubernetesMinor(kubernetesVersion);
  return Object.keys(featureGates).length === 0 ? {} : { featureGates };
}

const kubeletConfiguration = ({ kubelet, featureGates }: KubeadmFacts) => ({
  ...KUBELET,
  cgroupDriver: "systemd",
  ...fieldsWithGates(kubelet, featureGates),
  ...KUBELET,
});

const kubeProxyConfiguration = ({ kubeProxy, featureGates }: KubeadmFacts) => ({
  ...KUBE_PROXY,
  ...fieldsWithGates(kubeProxy, featureGates),
  ...KUBE_PROXY,
});

// Spread first to lead the document, and last so that a configured field cannot change its kind.
const KUBELET = { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration" };
const KUBE_PROXY = { apiVersion: "kubeproxy.config.k8s.io/v1alpha1", kind: "KubeProxyConfiguration" };

/** The endpoint's port, unless a balancer on this machine holds that one. */
const localApiEndpoint = ({ machine, endpoint }: KubeadmFacts) => ({
  advertiseAddress: machine.address,
  bindPort: endpoint.apiServerPort ?? endpoint.port,
});

const nodeRegistration = ({ machine, schedulable, externalCloud, etcd }: KubeadmFacts) => ({
  ...registration(machine, { externalCloud }),
  // On a disk of its own etcd's directory holds `lost+found`. That no other cluster's data is there, the verbs look for.
  ignorePreflightErrors: [emptyDirectoryCheck(etcd)],
  // An empty list means no taint; kubeadm's default keeps ordinary pods away.
  ...(schedulable ? { taints: [] } : {}),
});

const registration = (
  machine: MachineIdentity,
  { externalCloud }: { readonly externalCloud: boolean | undefined },
  extraArgs: readonly object[] = [],
) => ({
  name: machine.name,
  criSocket: CRI_SOCKET,
  imagePullPolicy: "IfNotPresent",
  // The private address, even where the default route leaves by a public one.
  kubeletExtraArgs: [
    { name: "node-ip", value: machine.address },
    // A flag alone: KubeletConfiguration has no field for it.
    ...(externalCloud === true ? [{ name: "cloud-provider", value: "external" }] : []),
    ...extraArgs,
  ],
});

const skippedPhases = ({ skipPhases = [] }: KubeadmFacts) => (skipPhases.length === 0 ? {} : { skipPhases });

const patchesOf = (patches: boolean | undefined) =>
  patches === true ? { patches: { directory: PATCHES_FOLDER } } : {};
