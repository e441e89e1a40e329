import { describe } from "vitest";
import { UUID, given, machines, refuses } from "./samples";

describe("the endpoint", () => refuses([
  ["an unknown kind", given({ endpoint: { kind: "balancer" } }), [
    'endpoint.kind: found "balancer", expected kube-vip-bgp',
  ]],
  ["a hold time below BGP's least", given({ endpoint: { holdSeconds: 2 } }), [
    "endpoint.holdSeconds: found 2, expected whole seconds (RFC 4271: 3 or more), 3 to 65535",
  ]],
  ["keepalives too far apart", given({ endpoint: { holdSeconds: 5, keepaliveSeconds: 2 } }), [
    "endpoint.keepaliveSeconds: found 2 with a hold time of 5, expected at most a third of it, so that one lost keepalive ends no session; write 1 or raise holdSeconds",
  ]],
  ["a port that is none", given({ endpoint: { port: 70000 } }), [
    "endpoint.port: found 70000, expected a TCP port, 1 to 65535",
  ]],
  ["the kubelet's port", given({ endpoint: { port: 10250 } }), [
    "endpoint.port: found 10250, the port of the kubelet on the same machines; expected a free port, such as 6443",
  ]],
  ["a NodePort", given({ endpoint: { port: 31000 } }), [
    "endpoint.port: found 31000, the port of NodePort services on the same machines; expected a free port, such as 6443",
  ]],
  ["half a second", given({ endpoint: { probeSeconds: 0.5 } }), [
    "endpoint.probeSeconds: found 0.5, expected whole seconds, 1 to 60",
  ]],
  ["kube-vip without a version", given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip" } }), [
    'endpoint.image: found "ghcr.io/kube-vip/kube-vip", which names no version; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
  ]],
  ["kube-vip's latest", given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:latest" } }), [
    'endpoint.image: found "ghcr.io/kube-vip/kube-vip:latest", which moves; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
  ]],
  ["a kube-vip that reads other settings", given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:v0.8.10" } }), [
    "endpoint.image: found v0.8.10, expected v0.9.0 or newer; older ones read other settings (vip_cidr, metal)",
  ]],
  ["a kube-vip that is known to fail", given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:v1.1.0" } }), [
    "endpoint.image: found v1.1.0, expected another version; it tears its BGP sessions down in a control-plane static pod (kube-vip #1466)",
  ]],
  ["a kube-vip of a branch", given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:main" } }), [
    'endpoint.image: found tag "main", which tells no version; expected v0.9.0 or newer',
  ]],
  ["an image that is none", given({ endpoint: { image: "kube vip" } }), [
    'endpoint.image: found "kube vip", expected an image with its version, such as "registry.example.com/name:v1.2.3"',
  ]],
  ["a block of another project", given({ endpoint: { reservationId: UUID } }), [
    "endpoint.reservationId: found a block with a new project, expected an existing project; a block belongs to one project, set machines.project.id",
  ]],
  ["a block's address for its id", { ...machines({ project: { id: UUID } }), endpoint: { reservationId: "203.0.113.7" } }, [
    `endpoint.reservationId: found "203.0.113.7", expected a global_ipv4 block's id, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`,
  ]],
]));
