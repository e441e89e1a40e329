import { describe } from "vitest";
import { given, refuses } from "./samples";

describe("address ranges", () => refuses([
  ["pods that overlap services", given({ network: { podCidr: "10.96.0.0/12" } }), [
    'network.serviceCidr: found "10.96.0.0/16", which overlaps network.podCidr "10.96.0.0/12"; expected ranges apart, choose another',
  ]],
  ["machines that overlap pods and services", given({ network: { machineCidr: "10.0.0.0/8" } }), [
    'network.machineCidr: found "10.0.0.0/8", which overlaps network.podCidr "10.244.0.0/16"; expected ranges apart, choose another',
    'network.machineCidr: found "10.0.0.0/8", which overlaps network.serviceCidr "10.96.0.0/16"; expected ranges apart, choose another',
  ]],
  ["bits set behind the prefix", given({ network: { podCidr: "10.244.1.0/16" } }), [
    'network.podCidr: found "10.244.1.0/16", which has bits set behind the prefix; write "10.244.0.0/16"',
  ]],
  ["an address without prefix", given({ network: { podCidr: "10.244.0.0" } }), [
    'network.podCidr: found "10.244.0.0", expected a prefix length behind it, such as "10.244.0.0/16"',
  ]],
  ["IPv6", given({ network: { podCidr: "fd00::/48" } }), [
    'network.podCidr: found "fd00::/48", expected an IPv4 range; IPv6 is not supported',
  ]],
  ["a short form that only some programs read", given({ network: { podCidr: "10.244/16" } }), [
    'network.podCidr: found "10.244/16", expected an IPv4 range such as "10.244.0.0/16"',
  ]],
  ["public addresses", given({ network: { podCidr: "8.8.0.0/16" } }), [
    `network.podCidr: found "8.8.0.0/16", expected a range inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; the VIP and the machines' public addresses are public`,
  ]],
  ["the switches' range", given({ network: { serviceCidr: "169.254.0.0/16" } }), [
    `network.serviceCidr: found "169.254.0.0/16", expected a range outside 169.254.0.0/16; the switches' BGP addresses lie there`,
  ]],
  ["all of 10.0.0.0/8 for pods", given({ network: { podCidr: "10.0.0.0/8", serviceCidr: "172.20.0.0/16" } }), [
    `network.podCidr: found "10.0.0.0/8", expected a prefix length of /9 to /24; each machine takes a /24, and the machines' own addresses lie in 10.0.0.0/8`,
  ]],
  ["a pod range with room for two of three machines", given({ network: { podCidr: "10.244.0.0/23" } }), [
    'network.podCidr: found "10.244.0.0/23", a /24 each for 2 of 3 machines; expected /22 or larger, and larger still for workers',
  ]],
  ["too few services", given({ network: { serviceCidr: "10.96.0.0/30" } }), [
    'network.serviceCidr: found "10.96.0.0/30", expected a prefix length of /12 to /28; kubeadm refuses others',
  ]],
  ["too many services", given({ network: { serviceCidr: "10.128.0.0/9", podCidr: "172.20.0.0/16" } }), [
    'network.serviceCidr: found "10.128.0.0/9", expected a prefix length of /12 to /28; kubeadm refuses others',
  ]],
  ["a misspelt backend", given({ network: { backend: "vxlam" } }), [
    'network.backend: found "vxlam", expected vxlan or host-gw; did you mean vxlan?',
  ]],
  ["a domain with an underscore", given({ network: { dnsDomain: "Cluster_Local" } }), [
    'network.dnsDomain: found "Cluster_Local", expected a DNS name in lower case, such as "cluster.local"',
  ]],
  ["flannel without a version", given({ network: { flannelImage: "ghcr.io/flannel-io/flannel" } }), [
    'network.flannelImage: found "ghcr.io/flannel-io/flannel", which names no version; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
  ]],
]));
