import type { Suite } from "../suite";
import { folder, kind } from "./row";

const KUBE_VIP = ["components/config/endpoint/kube-vip", "rack/tools/kube-vip"];
const VRRP = [
  "components/config/endpoint/vrrp",
  "components/config/endpoint/keepalived",
  "cloud-init/node/grant/lib/newcomer.sh",
  "cloud-init/node/grant/lib/vrrp-filter.sh",
  "rack/daemon/balancer",
];

/** Every way to hold the VIP. */
export const KINDS: readonly Suite[] = [
  kind("bgp", "kube-vip with BGP peers that the configuration names, MD5", 5, KUBE_VIP),
  kind("bird", "BIRD on every control-plane machine, with BFD to both switches, MD5", 7, [
    "cloud-init/node/grant/announcers/bird.sh",
    "cloud-init/node/grant/jq/bird.jq",
    "components/config/endpoint/kube-vip-bgp",
  ]),
  kind("arp", "kube-vip with ARP and an election", 6, KUBE_VIP),
  folder({
    name: "arp-holder",
    shows:
      "the machine that holds the VIP by ARP loses its power, falls silent and stands still, under a reader and a writer: a majority frees its lease, never one machine's word, and two never have the address",
    minutes: 15,
    needs: "root",
    core: false,
    covers: [
      ...KUBE_VIP,
      "cloud-init/node/grant/announcers/kube-vip-arp.sh",
      "cloud-init/node/grant/lib/heartbeats.pl",
      "cloud-init/node/grant/lib/silence.pl",
      "cloud-init/node/grant/lib/silent-holder.sh",
      "rack/stacks/rack-arp.yaml",
    ],
    open: "it has not run yet",
  }),
  kind("haproxy", "keepalived with HAProxy on every control-plane machine", 6, VRRP),
  kind("nginx", "keepalived with nginx on every control-plane machine", 6, VRRP),
  kind(
    "balancers",
    "a pair of balancers in front, which front more ports for a while; three members grow to five and shrink again",
    11,
    VRRP,
  ),
  folder({
    name: "failover",
    shows:
      "what clients of four kinds notice when an API server is killed and when the holder of the VIP loses power or reboots, over BGP, by ARP and behind keepalived: new connections, kept ones, a watch, writes",
    minutes: 16,
    needs: "root",
    core: false,
    covers: ["bench/failover", "rack/faults"],
    open: "it has not run yet",
  }),
  kind("external", "a balancer that is not ours", 6, ["components/config/endpoint/external", "rack/daemon/balancer"]),
  kind("workers", "pools of workers; machines installed anew", 5, [
    "components/membership",
    "components/config/machines",
    "bench/scenarios/workers",
  ]),
];
