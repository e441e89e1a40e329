import type { CiliumSpec } from "../config/network/cilium";
import { ofKind } from "../config/network/network-kinds";
import type { JsonObject } from "../config/values/json";
import type { AddonKind } from "./addon-kind";
import { installChart } from "./chart";

/** Cilium as the pod network. */
export const cilium: AddonKind = {
  name: "cilium",
  wanted: ({ network }) => network.kind === "cilium",
  // They are the chart's own, which a person may change by values.
  images: () => [],
  install: (name, spec, options) => {
    const network = ofKind(spec.network, "cilium");
    const machines = spec.controlPlane.count + spec.workers.length;
    return installChart(
      name,
      {
        type: "rackplane:addons:Cilium",
        release: "cilium",
        namespace: "kube-system",
        network,
        values: valuesOf(network, machines),
        // Not by the Service of the API, which Cilium itself carries or kube-proxy, starting at the same moment.
        endpoint: { k8sServiceHost: options.api.host, k8sServicePort: options.api.port },
        seconds: spec.deadlines.member,
      },
      options,
    );
  },
};

function valuesOf({ mtu, kubeProxyReplacement }: CiliumSpec, machines: number): JsonObject {
  return {
    // Each machine's share of network.podCidr, which kube-controller-manager gives its Node.
    ipam: { mode: "kubernetes" },
    k8s: { requireIPv4PodCIDR: true },
    kubeProxyReplacement,
    ...(mtu === undefined ? {} : { MTU: mtu }),
    // Two of them never share a machine.
    operator: { replicas: machines > 1 ? 2 : 1, rollOutPods: true },
    // Agents read their settings when they start: other settings are other pods, one machine after the other.
    rollOutCiliumPods: true,
  };
}
