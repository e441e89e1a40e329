import { DEFAULT_KUBERNETES_VERSION, NEWEST_MINOR, OLDEST_MINOR } from "../../../cloud-init/kubernetes-versions";

const RANGE = `1.${OLDEST_MINOR} to 1.${NEWEST_MINOR}`;

export const KUBERNETES_VERSION = `an exact version in quotes, such as "${DEFAULT_KUBERNETES_VERSION}"`;

/** The reason against a Kubernetes version, if there is one. */
export function kubernetesVersionProblem(version: string): string | undefined {
  const found = `found "${version}"`;
  if (/^(latest|stable)/.test(version)) {
    return `${found}, expected ${KUBERNETES_VERSION}; a name that moves would upgrade the cluster unasked`;
  }
  const [, major, minor] = /^v?(\d+)\.(\d+)(?:\.|$)/.exec(version) ?? [];
  // First of all: what is told of the rest leads to no version that can be had.
  if (major !== undefined && minor !== undefined) {
    if (Number(major) < 1 || (Number(major) === 1 && Number(minor) < OLDEST_MINOR)) {
      return `${found}, expected ${RANGE}; older ones do not know kubeadm's v1beta4 configuration`;
    }
    if (Number(major) !== 1 || Number(minor) > NEWEST_MINOR) {
      return `${found}, expected ${RANGE}; newer ones are untried, look for a newer Rackplane`;
    }
  }
  if (/^v\d/.test(version)) return `${found}, expected no "v" in front; write "${version.slice(1)}"`;
  if (/^\d+\.\d+$/.test(version)) return `${found}, expected the patch release too, such as "${version}.3"`;
  if (/^\d+\.\d+\.\d+[-+]/.test(version)) {
    return `${found}, expected a release; pre-releases and builds are not in the package repository`;
  }
  return /^\d+\.\d+\.(?:0|[1-9]\d*)$/.test(version) ? undefined : `${found}, expected ${KUBERNETES_VERSION}`;
}

/** Releases whose control-plane BGP does not work: version to reason (kube-vip's issues). */
const BROKEN_KUBE_VIP: Readonly<Record<string, string>> = {
  "1.1.0": "it tears its BGP sessions down in a control-plane static pod (kube-vip #1466)",
};

/** The reason against a kube-vip version, as its image tag tells it. */
export function kubeVipTagProblem(tag: string): string | undefined {
  const [, major, minor, patch] = /^v?(\d+)\.(\d+)\.(\d+)/.exec(tag) ?? [];
  if (major === undefined || minor === undefined || patch === undefined) {
    return `found tag "${tag}", which tells no version; expected v0.9.0 or newer`;
  }
  if (Number(major) === 0 && Number(minor) < 9) {
    return `found ${tag}, expected v0.9.0 or newer; older ones read other settings (vip_cidr, metal)`;
  }
  const broken = BROKEN_KUBE_VIP[`${Number(major)}.${Number(minor)}.${Number(patch)}`];
  return broken === undefined ? undefined : `found ${tag}, expected another version; ${broken}`;
}
