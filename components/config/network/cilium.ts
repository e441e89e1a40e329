import { z } from "zod";
import type { FileReader } from "../ssh";
import { flag } from "../values/forms";
import type { Kind } from "../values/kind";
import { readSection } from "../values/section";
import { chartFields, readCharted, type ChartedNetworkArgs, type ChartedNetworkSpec, type ChartFacts } from "./chart";

/** Cilium connects pods and enforces NetworkPolicy. */
export interface CiliumArgs extends ChartedNetworkArgs {
  kind: "cilium";
  /**
   * Cilium carries Services in place of kube-proxy, which is then never installed. It cannot be changed while the cluster
   * runs.
   * @default false
   */
  kubeProxyReplacement?: boolean;
}

/** The complete form of {@link CiliumArgs}. */
export interface CiliumSpec extends ChartedNetworkSpec {
  readonly kind: "cilium";
  readonly kubeProxyReplacement: boolean;
}

const FACTS: ChartFacts = {
  name: "cilium",
  version: "1.18.4",
  repository: "https://helm.cilium.io",
  versions: { words: "1.16.0 to 1.18", fits: version => /^1\.1[678]\.\d+$/.test(version) },
  given: {
    "ipam.mode": "network.podCidr, of which Kubernetes gives each machine its share",
    "ipam.operator.clusterPoolIPv4PodCIDRList": "network.podCidr",
    k8sServiceHost: "the endpoint",
    k8sServicePort: "the endpoint",
    kubeProxyReplacement: "network.kubeProxyReplacement",
    MTU: "network.mtu",
  },
};

const schema = z
  .object({ kind: z.literal("cilium"), ...chartFields(FACTS), kubeProxyReplacement: flag().default(false) })
  .strict();

export type CiliumSection = z.output<typeof schema>;

export const cilium = (readFile: FileReader): Kind<CiliumArgs, CiliumSpec, CiliumSection> => ({
  example: { kind: "cilium" },
  read: (raw, path) => readCharted(readSection(schema, raw, path), { path, facts: FACTS, readFile }),
});
