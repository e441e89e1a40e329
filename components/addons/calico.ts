import type { CalicoSpec } from "../config/network/calico";
import { ofKind } from "../config/network/network-kinds";
import type { JsonObject } from "../config/values/json";
import type { AddonKind } from "./addon-kind";
import { installChart } from "./chart";

/** Bytes that VXLAN over IPv4 takes of each packet. */
const VXLAN = 50;

/** Calico as the pod network. */
export const calico: AddonKind = {
  name: "calico",
  wanted: ({ network }) => network.kind === "calico",
  // The operator chooses them.
  images: () => [],
  install: (name, spec, options) => {
    const network = ofKind(spec.network, "calico");
    return installChart(
      name,
      {
        type: "rackplane:addons:Calico",
        release: "calico",
        namespace: "tigera-operator",
        network,
        values: valuesOf(network),
        // Not by the Service of the API: kube-proxy starts at the same moment.
        endpoint: { kubernetesServiceEndpoint: { host: options.api.host, port: options.api.port } },
        seconds: spec.deadlines.member,
      },
      options,
    );
  },
};

const valuesOf = ({ podCidr, mtu }: CalicoSpec): JsonObject => ({
  installation: {
    enabled: true,
    calicoNetwork: {
      // The switches have sessions with kube-vip, and machines may share no layer-2 network.
      bgp: "Disabled",
      ipPools: [
        { cidr: podCidr, blockSize: 26, encapsulation: "VXLAN", natOutgoing: "Enabled", nodeSelector: "all()" },
      ],
      // The private address, because Metal's bond carries the public address as well.
      nodeAddressAutodetectionV4: { kubernetes: "NodeInternalIP" },
      ...(mtu === undefined ? {} : { mtu: mtu - VXLAN }),
    },
  },
});
