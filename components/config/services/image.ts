import { kubeVipTagProblem } from "../kubernetes/versions";
import { checkedText } from "../values/forms";
import { IMAGE, imageProblem } from "../values/images";

/** kube-vip reads its BGP neighbours from a file since 1.0.1; before, a password stood in the pod for all to read. */
function tagProblem(tag: string): string | undefined {
  const reason = kubeVipTagProblem(tag);
  const [, major = 0, minor = 0, patch = 0] = (/^v?(\d+)\.(\d+)\.(\d+)/.exec(tag) ?? []).map(Number);
  return reason === undefined && (major < 1 || (major === 1 && minor === 0 && patch < 1))
    ? `found ${tag}, expected v1.0.1 or newer; older ones read no file with BGP neighbours`
    : reason;
}

export const servicesImage = checkedText(IMAGE, image => imageProblem(image, tagProblem)).default(
  "ghcr.io/kube-vip/kube-vip:v1.2.2",
);
