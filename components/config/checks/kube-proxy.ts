import { replacesKubeProxy } from "../network/network-kinds";
import { problem } from "../values/problems";
import { networkOf, type Check } from "./given";

/** Settings of a kube-proxy that is never installed would be lost. */
export const kubeProxy: Check = given => {
  const fields = Object.keys(given.cluster.partial.kubeProxy ?? {});
  return replacesKubeProxy(networkOf(given)) && fields.length > 0
    ? [
        problem(
          ["kubeProxy"],
          `found ${fields.join(", ")}, expected it left out: with network.kubeProxyReplacement there is no kube-proxy`,
        ),
      ]
    : [];
};
