import { PATCHES_FOLDER } from "../contract/grant";

/** kubeadm's static pods. */
export const CONTROL_PLANE_PODS = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "etcd"] as const;
export type ControlPlanePod = (typeof CONTROL_PLANE_PODS)[number];

/** What keeps the control plane apart from everything else on its machine. */
export interface IsolationFacts {
  /** CPUs that no pinned pod runs on, as Linux lists them: `0` or `0-1,8`; needed where `static` is true. */
  readonly reservedSystemCPUs?: string;
  /** Whether a pod of whole CPUs gets them for itself. */
  readonly static: boolean;
  /** Kubernetes quantities, e.g. `1`, `500m`; `512Mi`. */
  readonly pods: Readonly<Record<ControlPlanePod, { readonly cpu: string; readonly memory: string }>>;
}

/**
 * kubeadm patches as files of the grant. Requests equal limits in both resources for every container of a pod:
 * that alone makes its class Guaranteed, and whole CPUs of a Guaranteed pod are what kubelet pins.
 */
export function isolationPatches(facts: IsolationFacts): Record<string, string> {
  const pods = CONTROL_PLANE_PODS.map(pod => {
    const resources = { requests: facts.pods[pod], limits: facts.pods[pod] };
    return patch(pod, "strategic", { spec: { containers: [{ name: pod, resources }] } });
  });
  return {
    ...Object.fromEntries(pods),
    // A patch and not the cluster's KubeletConfiguration: workers read that too.
    ...kubeletPatch({
      ...(facts.reservedSystemCPUs === undefined ? {} : { reservedSystemCPUs: facts.reservedSystemCPUs }),
      ...(facts.static ? { cpuManagerPolicy: "static" } : {}),
    }),
  };
}

/** Fields of kubelets, laid over the cluster's KubeletConfiguration in the order of the numbers; no file for no field. */
export const kubeletPatch = (kubelet: object, number = 0): Record<string, string> =>
  Object.keys(kubelet).length === 0
    ? {}
    : Object.fromEntries([patch("kubeletconfiguration", "merge", kubelet, number)]);

/**
 * A worker's: the cluster's fields, which are in its document, too, and the pool's over them. By the first file the worker's
 * grant changes with the cluster's fields, so that its kubelet follows them.
 */
export const workerKubeletPatches = (kubelet: { cluster: object; pool: object }): Record<string, string> => ({
  ...kubeletPatch(kubelet.cluster),
  ...kubeletPatch(kubelet.pool, 1),
});

/** kubeadm tells target and kind of a patch from its file's name. */
const patch = (target: string, kind: "strategic" | "merge", content: object, number = 0): [string, string] => [
  `${PATCHES_FOLDER}/${target}${number}+${kind}.json`,
  `${JSON.stringify(content, null, 2)}\n`,
];
