/**
 * What differs between the Kubernetes minors that this program knows: the one home of versions. A new minor is one
 * row here, read from the sources of its newest patch release (k8s.io/kubernetes, `cmd/kubeadm/app`), and one golden
 * file in `test/cloud-init/golden`.
 */
export interface KubernetesMinor {
  /** API version of kubeadm's own documents (`apis/kubeadm/scheme`). */
  readonly kubeadmApi: string;
  /**
   * kubeadm's feature gates that the cluster needs (`features/features.go`). kubeadm refuses a name that it does not
   * know, so a gate stands only in the rows where it exists and is off by default.
   */
  readonly featureGates: Readonly<Record<string, boolean>>;
  /** Tag of the pod sandbox image (`constants.go`, PauseVersion). */
  readonly pause: string;
  /** Tag of the etcd image (`constants.go`, DefaultEtcdVersion). A patch release may ask for a newer one. */
  readonly etcd: string;
  /** Tag of the CoreDNS image (`constants.go`, CoreDNSVersion). */
  readonly coredns: string;
}

/** The version of a cluster whose configuration names none. */
export const DEFAULT_KUBERNETES_VERSION = "1.34.3";

const V1BETA4 = "kubeadm.k8s.io/v1beta4";

/**
 * Control-plane kubelets talk to the API server of their own machine and not to the VIP. Off by default in 1.31 and
 * 1.32, on from 1.33, locked in 1.35, unknown to 1.36.
 */
const LOCAL_KUBELETS = { ControlPlaneKubeletLocalMode: true };

/**
 * The rows, oldest first. Read from 1.31.14, 1.32.13, 1.33.13, 1.34.4, 1.35.4, 1.36.3 and 1.37.2. What else was looked
 * for there:
 *
 * - kubeadm 1.37 adds kubeadm.k8s.io/v1 as an experimental API, which it refuses without `--allow-experimental-api`,
 *   keeps v1beta4 without a warning and with every field that is written here, and drops v1beta3.
 * - The gates that kubeadm 1.37 dropped (NodeLocalCRISocket, PublicKeysECDSA) are not written here.
 * - Kubelets from 1.35 on refuse cgroup v1 unless `failCgroupV1` is false (KubeletConfiguration v1beta1). The operating
 *   systems that are supported run cgroup v2, so the product does not write the field.
 * - Kubelets up to 1.37 take `cgroupDriver` from KubeletConfiguration where the container runtime lacks the CRI call
 *   RuntimeConfig, as containerd 1.x does; kubeadm warns of it from 1.35 on. 1.38 is to refuse such a runtime.
 * - KubeProxyConfiguration is kubeproxy.config.k8s.io/v1alpha1 in all of them.
 */
const MINORS: Readonly<Record<number, KubernetesMinor>> = {
  31: { kubeadmApi: V1BETA4, featureGates: LOCAL_KUBELETS, pause: "3.10", etcd: "3.5.24-0", coredns: "v1.11.3" },
  32: { kubeadmApi: V1BETA4, featureGates: LOCAL_KUBELETS, pause: "3.10", etcd: "3.5.24-0", coredns: "v1.11.3" },
  33: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.10", etcd: "3.5.24-0", coredns: "v1.12.0" },
  34: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.10.1", etcd: "3.6.5-0", coredns: "v1.12.1" },
  35: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.10.1", etcd: "3.6.6-0", coredns: "v1.13.1" },
  36: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.10.2", etcd: "3.6.8-0", coredns: "v1.14.2" },
  37: { kubeadmApi: V1BETA4, featureGates: {}, pause: "3.10.2", etcd: "3.7.0-0", coredns: "v1.14.6" },
};

/** The known minors of Kubernetes 1, in ascending order: 31 for 1.31. */
export const SUPPORTED_MINORS: readonly number[] = Object.keys(MINORS)
  .map(Number)
  .sort((a, b) => a - b);
export const OLDEST_MINOR = Math.min(...SUPPORTED_MINORS);
export const NEWEST_MINOR = Math.max(...SUPPORTED_MINORS);

/**
 * The row of an exact version without "v", e.g. `1.34.3`.
 *
 * @throws Error for a version whose differences are not written down here.
 */
export function kubernetesMinor(kubernetesVersion: string): KubernetesMinor {
  const row = MINORS[Number(/^1\.(\d+)\.\d+/.exec(kubernetesVersion)?.[1])];
  if (row === undefined)
    throw new Error(
      `kubernetesVersion: found "${kubernetesVersion}", expected 1.${OLDEST_MINOR}.x to 1.${NEWEST_MINOR}.x; choose one of these`,
    );
  return row;
}
