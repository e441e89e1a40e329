import type { KubeVipArpSpec } from "../config/endpoint/kube-vip-arp";
import type { EndpointKind } from "./endpoint-kind";

export const kubeVipArp: EndpointKind<KubeVipArpSpec> = {
  announcer: ({ kind, image, interface: carrier, leaseSeconds, renewSeconds, retrySeconds, probeSeconds }) => ({
    kind,
    image,
    ...(carrier === undefined ? {} : { interface: carrier }),
    leaseSeconds,
    renewSeconds,
    retrySeconds,
    probeSeconds,
  }),
  images: ({ image }) => [image],
  secrets: () => undefined,
};
