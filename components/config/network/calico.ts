import { z } from "zod";
import type { FileReader } from "../ssh";
import type { Kind } from "../values/kind";
import { readSection } from "../values/section";
import { chartFields, readCharted, type ChartedNetworkArgs, type ChartedNetworkSpec, type ChartFacts } from "./chart";

/** Calico connects pods over VXLAN, without BGP of its own, and enforces NetworkPolicy. */
export interface CalicoArgs extends ChartedNetworkArgs {
  kind: "calico";
}

/** The complete form of {@link CalicoArgs}. */
export interface CalicoSpec extends ChartedNetworkSpec {
  readonly kind: "calico";
}

const FACTS: ChartFacts = {
  name: "tigera-operator",
  version: "v3.31.5",
  repository: "https://docs.tigera.io/calico/charts",
  // From v3.32 on, the chart leaves Calico's CustomResourceDefinitions to another chart.
  versions: { words: '"v3.28.0" to v3.31', fits: version => /^v3\.(28|29|30|31)\.\d+$/.test(version) },
  given: {
    "installation.enabled": "network.kind",
    "installation.calicoNetwork.ipPools": "network.podCidr",
    "installation.calicoNetwork.mtu": "network.mtu",
    kubernetesServiceEndpoint: "the endpoint",
  },
};

const schema = z.object({ kind: z.literal("calico"), ...chartFields(FACTS) }).strict();

export type CalicoSection = z.output<typeof schema>;

export const calico = (readFile: FileReader): Kind<CalicoArgs, CalicoSpec, CalicoSection> => ({
  example: { kind: "calico" },
  read: (raw, path) => readCharted(readSection(schema, raw, path), { path, facts: FACTS, readFile }),
});
