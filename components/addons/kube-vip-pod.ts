import type * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ServicesSpec } from "../config/spec";

/** Not 2112: where the control plane's kube-vip runs on the same machine, it has that port. */
const METRICS_PORT = 2113;

/** Where the pod finds its BGP neighbours. */
const PEERS_FOLDER = "/etc/kube-vip";
/** The key of the Secret, and so the file's name; kube-vip tells by its end how to read it. */
export const PEERS_FILE = "peers.json";

type Env = k8s.types.input.core.v1.EnvVar[];

const field = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });

/** What kube-vip's pod is made from. */
export interface KubeVipPodArgs {
  readonly services: ServicesSpec;
  readonly account: pulumi.Input<string>;
  /** The Secret with the BGP neighbours, where the configuration names some. */
  readonly peers?: pulumi.Input<string>;
  /** The Nodes that the pod runs on. */
  readonly nodes: readonly k8s.types.input.core.v1.NodeSelectorRequirement[];
}

/** kube-vip for Services alone, on one machine. Pure. */
export function kubeVipPod({ services, account, peers, nodes }: KubeVipPodArgs): k8s.types.input.core.v1.PodSpec {
  return {
    hostNetwork: true,
    priorityClassName: "system-node-critical",
    serviceAccountName: account,
    // A machine announces Services whatever else may run on it.
    tolerations: [{ operator: "Exists" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [...nodes] }] },
      },
    },
    // kube-vip withdraws as soon as it is told to end.
    terminationGracePeriodSeconds: 10,
    containers: [
      {
        name: "kube-vip",
        image: services.image,
        args: ["manager", ...(peers === undefined ? [] : [`--config-file=${PEERS_FOLDER}/${PEERS_FILE}`])],
        env: [
          { name: "HOST_IP", ...field("status.hostIP") },
          { name: "vip_nodename", ...field("spec.nodeName") },
          { name: "cp_enable", value: "false" },
          { name: "svc_enable", value: "true" },
          { name: "vip_subnet", value: "32" },
          // Metrics for the private network, not for the Internet.
          { name: "prometheus_server", value: `$(HOST_IP):${METRICS_PORT}` },
          ...(services.kind === "kube-vip-bgp" ? bgp(services) : arp(services)),
        ],
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"] },
        },
        // Some releases leak (kube-vip #1778): better one restart than a machine without memory. And where it cannot watch
        // Services, it tries again without a pause.
        resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
        ...(peers === undefined ? {} : { volumeMounts: [{ name: "peers", mountPath: PEERS_FOLDER, readOnly: true }] }),
      },
    ],
    ...(peers === undefined ? {} : { volumes: [{ name: "peers", secret: { secretName: peers, defaultMode: 0o400 } }] }),
  };
}

type Of<Kind extends ServicesSpec["kind"]> = Extract<ServicesSpec, { kind: Kind }>;

/**
 * Every machine announces, and the switches share the load: no lease, so nothing here stops when the API does. The
 * addresses lie on no interface; kube-proxy knows them from the Services' status, which kube-vip writes.
 */
const bgp = ({ peers, localAs, holdSeconds, keepaliveSeconds }: Of<"kube-vip-bgp">): Env => [
  { name: "vip_arp", value: "false" },
  { name: "bgp_enable", value: "true" },
  { name: "vip_interface", value: "lo" },
  { name: "vip_leaderelection", value: "false" },
  { name: "svc_election", value: "false" },
  { name: "bgp_hold_time", value: `${holdSeconds}` },
  { name: "bgp_keepalive_interval", value: `${keepaliveSeconds}` },
  // The annotations tell the AS number and the source address, too.
  ...(peers === "annotations"
    ? [{ name: "annotation", value: ANNOTATIONS }]
    : [
        { name: "bgp_as", value: `${localAs}` },
        { name: "bgp_routerid", ...field("status.hostIP") },
        { name: "bgp_sourceip", ...field("status.hostIP") },
      ]),
];

/** The prefix that Equinix Metal's cloud controller writes. */
const ANNOTATIONS = "metal.equinix.com";

const arp = ({ election, leaseSeconds, renewSeconds, retrySeconds, ...services }: Of<"kube-vip-arp">): Env => [
  { name: "vip_arp", value: "true" },
  // Gratuitous ARP every half second, which kube-vip takes as the shortest: so soon the network learns of a new holder.
  { name: "vip_arpRate", value: "500" },
  { name: "bgp_enable", value: "false" },
  ...(services.interface === undefined ? [] : [{ name: "vip_interface", value: services.interface }]),
  { name: "vip_leaderelection", value: "true" },
  { name: "svc_election", value: `${election === "per-service"}` },
  // Not the control plane's lease.
  { name: "svc_leasename", value: "plndr-svcs-lock" },
  { name: "vip_leaseduration", value: `${leaseSeconds}` },
  { name: "vip_renewdeadline", value: `${renewSeconds}` },
  { name: "vip_retryperiod", value: `${retrySeconds}` },
];
