import { kubernetesMinor } from "../cloud-init/kubernetes-versions";
import type { MachineIdentity } from "../cloud-init/contract/identity";
import { LOCAL_BALANCER_PORT, type NodeSpec } from "../cloud-init/contract/node";
import { addonImages } from "./addons/addon-kinds";
import { downloadEnvironment } from "../cloud-init/proxy";
import { announceServices } from "./config/services/service-kinds";
import type { ClusterSpec } from "./config/spec";
import { announcer, balancing, endpointImages, endpointPeers } from "./endpoint/endpoint-kinds";
import type { Machine } from "./machines/machine";
import { exists, haveOwnPeers, machineIdentity } from "./machines/machine-kinds";

/**
 * node.json: the part of the spec that a machine of a role needs, with the VIP filled in, and the balancers and the
 * workers' addresses where there are some. Holds no secret.
 */
export function nodeSpec(
  spec: ClusterSpec,
  vip: string,
  machine: Pick<Machine, "role" | "kind">,
  { balancers = [], workers = [] }: { balancers?: readonly MachineIdentity[]; workers?: readonly string[] } = {},
): NodeSpec {
  const { role } = machine;
  const controlPlane = role === "control-plane";
  const further = balancing(spec.endpoint, { role, workers });
  return {
    schema: 1,
    ...(controlPlane ? {} : { role }),
    cluster: { name: spec.name, kubernetesVersion: spec.kubernetesVersion },
    machine: machineIdentity(machine),
    endpoint: { address: vip, port: spec.endpoint.port, ...apiServerPort(spec) },
    announcer: neighboursOf(
      announcer(spec.endpoint, { ownPeers: haveOwnPeers(spec.machines, endpointPeers(spec.endpoint)), balancers }),
      { spec, machine },
    ),
    ...(further === undefined ? {} : { balancing: further }),
    ...(role === "worker" && spec.endpoint.nodeLocalBalancer ? { localBalancer: { port: LOCAL_BALANCER_PORT } } : {}),
    ...(controlPlane ? isolation(spec) : {}),
    ...(role === "balancer" ? {} : podNetwork(spec)),
    packages: spec.mirrors.packages,
    images: {
      mirrors: spec.mirrors.images,
      // kubeadm's own sandbox image, which containerd is to use too.
      sandbox: `registry.k8s.io/pause:${kubernetesMinor(spec.kubernetesVersion).pause}`,
      extra: [...(controlPlane ? endpointImages(spec.endpoint) : []), ...addonImages(spec)],
    },
    ...(spec.mirrors.proxy === undefined ? {} : { downloadEnvironment: downloadEnvironment(spec.mirrors.proxy) }),
    deadlines: spec.deadlines,
  };
}

/**
 * A rented machine waits for the neighbours in its metadata unless it is told others. A worker has some exactly when it
 * announces Services; without a session it would wait for ever.
 */
function neighboursOf(
  told: NodeSpec["announcer"],
  { spec, machine: { role, kind } }: { spec: ClusterSpec; machine: Pick<Machine, "role" | "kind"> },
): NodeSpec["announcer"] {
  if (role === "control-plane" || told.kind !== "kube-vip-bgp") return told;
  // The control plane alone speaks for the VIP.
  const { peers, speaker: _speaker, bfd: _bfd, ...rest } = told;
  if (exists({ kind })) return { ...rest, ...(peers === undefined ? {} : { peers }) };
  return announceServices(spec) ? rest : { ...rest, peers: peers ?? [] };
}

/** Given only where a balancer leads from one port to another. */
const apiServerPort = ({ endpoint }: ClusterSpec): { apiServerPort?: number } =>
  "apiServerPort" in endpoint && endpoint.apiServerPort !== endpoint.port
    ? { apiServerPort: endpoint.apiServerPort }
    : {};

/** Left out where it is flannel: what a machine of an earlier version has. */
const podNetwork = ({ network: { kind } }: ClusterSpec): Pick<NodeSpec, "network"> =>
  kind === "flannel" ? {} : { network: { kind } };

function isolation({ controlPlane }: ClusterSpec): Pick<NodeSpec, "isolation"> {
  if (controlPlane.isolation === undefined) return {};
  const { needs, reservedSystemCPUs, static: pinned } = controlPlane.isolation;
  return {
    isolation: { ...needs, static: pinned, ...(reservedSystemCPUs === undefined ? {} : { reservedSystemCPUs }) },
  };
}
