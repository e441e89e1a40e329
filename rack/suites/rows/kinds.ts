import type { Suite } from "../suite";
import { kind } from "./row";

const KUBE_VIP = ["components/config/endpoint/kube-vip", "rack/tools/kube-vip"];
const VRRP = [
  "components/config/endpoint/vrrp",
  "components/config/endpoint/keepalived",
  "cloud-init/node/grant/lib/newcomer.sh",
  "cloud-init/node/grant/lib/vrrp-filter.sh",
  "rack/daemon/balancer",
];

const BIRD = [
  "components/config/endpoint/speaker.ts",
  "cloud-init/node/grant/lib/bird.sh",
  "rack/network/bird-config.ts",
];

/** Every way to hold the VIP. */
export const KINDS: readonly Suite[] = [
  kind("bgp", "kube-vip with BGP peers that the configuration names, MD5", 5, KUBE_VIP),
  {
    ...kind("bird", "BIRD with BFD on its sessions with both switches, MD5", 5, [...KUBE_VIP, ...BIRD]),
    open: "has not run yet",
  },
  kind("arp", "kube-vip with ARP and an election", 6, KUBE_VIP),
  kind("haproxy", "keepalived with HAProxy on every control-plane machine", 6, VRRP),
  kind("nginx", "keepalived with nginx on every control-plane machine", 6, VRRP),
  kind(
    "balancers",
    "a pair of balancers in front, which front more ports for a while; three members grow to five and shrink again",
    11,
    VRRP,
  ),
  kind("external", "a balancer that is not ours", 6, ["components/config/endpoint/external", "rack/daemon/balancer"]),
  kind("workers", "pools of workers; machines installed anew", 5, [
    "components/membership",
    "components/config/machines",
    "bench/scenarios/workers",
  ]),
];
