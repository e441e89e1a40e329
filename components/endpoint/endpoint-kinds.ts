import type * as pulumi from "@pulumi/pulumi";
import type { GrantSecrets } from "../../cloud-init/contract/grant";
import type { Announcer, Balancing } from "../../cloud-init/contract/node";
import type { ExternalSpec } from "../config/endpoint/external";
import type { EndpointSpec, HostSpec } from "../config/spec";
import { balancers } from "./balancers";
import { external } from "./external";
import { keepalived } from "./keepalived";
import type { BalancingMachine, EndpointKind, EndpointMachines, EndpointPeers } from "./endpoint-kind";
import { kubeVipArp } from "./kube-vip-arp";
import { kubeVipBgp } from "./kube-vip-bgp";

const KINDS: { readonly [K in EndpointSpec["kind"]]: EndpointKind<Extract<EndpointSpec, { kind: K }>> } = {
  "kube-vip-bgp": kubeVipBgp,
  "kube-vip-arp": kubeVipArp,
  keepalived,
  balancers,
  external,
};

// The table's row is of the spec's own kind; TypeScript cannot follow that through an index.
const row = (endpoint: EndpointSpec): EndpointKind<EndpointSpec> => KINDS[endpoint.kind] as EndpointKind<EndpointSpec>;

export const announcer = (endpoint: EndpointSpec, machines: EndpointMachines): Announcer =>
  row(endpoint).announcer(endpoint, machines);
export const balancing = (endpoint: EndpointSpec, machine: BalancingMachine): Balancing | undefined =>
  row(endpoint).balancing?.(endpoint, machine);
export const endpointImages = (endpoint: EndpointSpec): readonly string[] => row(endpoint).images(endpoint);
export const endpointSecrets = (endpoint: EndpointSpec): pulumi.Output<GrantSecrets> | undefined =>
  row(endpoint).secrets(endpoint);
export const endpointPeers = (endpoint: EndpointSpec): EndpointPeers => row(endpoint).peers?.(endpoint);
export const endpointBalancers = (endpoint: EndpointSpec): readonly HostSpec[] =>
  row(endpoint).balancers?.(endpoint) ?? [];
export const checkedEndpoint = (endpoint: EndpointSpec): ExternalSpec | undefined => row(endpoint).checked?.(endpoint);
