import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Flannel } from "./addons/flannel";
import type { ClusterArgs } from "./config/args";
import { parseCluster } from "./config/parse";
import { hasMetalCredentials } from "./config/read";
import type { ClusterSpec } from "./config/spec";
import { endpointAddress } from "./endpoint/address";
import * as metal from "./machines/equinix-metal";
import {
  clear,
  type Cleared,
  balancerMachines,
  controlPlaneMachines,
  prepare,
  workers,
  type FleetArgs,
} from "./machines/fleet";
import type { Machine, Prepared } from "./machines/machine";
import { balancer } from "./membership/balancer";
import { endpointCheck } from "./membership/endpoint-check";
import { form } from "./membership/form";
import type { GrantContext } from "./membership/grant";
import { inviters } from "./membership/inviters";
import { kubeconfig } from "./membership/kubeconfig";
import { member } from "./membership/member";
import { worker } from "./membership/worker";
import { nodeSpec } from "./node";

/** A machine as the stack shows it. */
export interface MachineOutput {
  readonly name: string;
  /** Private IPv4 address. */
  readonly address: string;
  /** Where `ssh` reaches it. */
  readonly sshHost: string;
}

/**
 * A highly available Kubernetes control plane on bare metal behind one virtual IP.
 *
 * @example
 * ```ts
 * import { Cluster } from "rackplane";
 *
 * const lab = new Cluster("lab", {
 *   machines: {
 *     kind: "equinix-metal",
 *     project: { name: "lab" },
 *     plan: "c3.small.x86",
 *     operatingSystem: "ubuntu_24_04",
 *     metros: ["sv"],
 *   },
 *   ssh: { publicKeyPath: "~/.ssh/id_ed25519.pub" },
 * });
 * export const kubeconfig = lab.kubeconfig;
 * ```
 *
 * @throws pulumi.InputPropertiesError naming every bad argument at once.
 */
export class Cluster extends pulumi.ComponentResource {
  /** `https://<VIP>:<port>`. */
  readonly endpoint: pulumi.Output<string>;
  /** An administrator's kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** The cluster CA, PEM. */
  readonly caCertificate: pulumi.Output<string>;
  /** The control plane's machines. */
  readonly machines: pulumi.Output<MachineOutput[]>;
  readonly workers: pulumi.Output<MachineOutput[]>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const spec = parseCluster(args, { name, credentials: bringsProvider(opts) || hasMetalCredentials() });
    // A component's inputs are kept in state as given: none, since some of these are secret.
    super("rackplane:index:Cluster", name, {}, opts);

    const site = spec.machines.kind === "ssh" ? undefined : metal.site(name, spec, spec.machines, this);
    const vip = endpointAddress(name, spec, site, this);
    const node: GrantContext["node"] = machine => vip.apply(address => nodeSpec(spec, address, machine));
    const fleet: FleetArgs = { name, spec, site, node, parent: this };
    const machines = controlPlaneMachines(fleet);
    const context: GrantContext = { spec, node, machines };
    const cleared = clear(fleet, machines);
    const membership = makeMembers(cleared, context);
    const joined = joinWorkers(cleared, context, membership);
    const network = installPodNetwork(name, spec, membership, this);
    checkEndpoint(name, context, membership, [network, ...joined.map(({ resource }) => resource)], this);

    this.endpoint = vip.apply(address => `https://${address}:${spec.endpoint.port}`);
    this.kubeconfig = membership.kubeconfig;
    this.caCertificate = membership.caCertificate;
    this.machines = pulumi.all(machines.map(outputOf));
    this.workers = pulumi.all(joined.map(({ machine }) => outputOf(machine)));
    this.registerOutputs({
      endpoint: this.endpoint,
      kubeconfig: this.kubeconfig,
      caCertificate: this.caCertificate,
      machines: this.machines,
      workers: this.workers,
    });
  }
}

/** A library user's own provider carries its own token. */
const bringsProvider = (opts?: pulumi.ComponentResourceOptions): boolean =>
  opts?.provider !== undefined ||
  opts?.providers !== undefined ||
  // ... and may stand at any component above.
  opts?.parent?.getProvider("equinix-metal:index/device:Device") !== undefined;

const outputOf = (machine: Machine): pulumi.Output<MachineOutput> =>
  pulumi
    .all([machine.address, machine.sshHost])
    .apply(([address, sshHost]) => ({ name: machine.name, address, sshHost }));

interface Membership {
  readonly formation: pulumi.Resource;
  readonly members: readonly Prepared[];
  /** The last membership: after it the control plane is whole. */
  readonly last: pulumi.Resource;
  readonly kubeconfig: pulumi.Output<string>;
  readonly caCertificate: pulumi.Output<string>;
}

/** Prepared in parallel, formed once, made members one at a time. */
function makeMembers(fleet: Cleared, context: GrantContext): Membership {
  const { name, parent } = fleet;
  const members = context.machines.map(machine => prepare(fleet, machine));
  const [first] = members;
  if (first === undefined) throw new Error("controlPlane.count: found 0, expected 1, 3, 5 or 7");

  const balancers = balancerMachines(fleet).map(machine => balancer(name, context, prepare(fleet, machine), parent));
  const formation = form(name, context, first, balancers, parent);
  const last = members.reduce<pulumi.Resource>(
    (after, ready) => member(name, context, ready, formation, after, parent),
    formation.resource,
  );
  return {
    formation: formation.resource,
    members,
    last,
    kubeconfig: kubeconfig(name, context, first, last, parent),
    caCertificate: pulumi.unsecret(formation.pki).apply(pki => pki["ca.crt"]),
  };
}

interface Joined {
  readonly machine: Machine;
  /** After it the machine is a worker. */
  readonly resource: pulumi.Resource;
}

/** All at once, each invited by a member that is alive, and each by another one if it can be. */
function joinWorkers(fleet: Cleared, context: GrantContext, { members, last }: Membership): Joined[] {
  const anyone = inviters(members);
  return workers(fleet).map((recruit, i) => {
    return {
      machine: recruit.ready.machine,
      resource: worker(fleet.name, context, recruit, anyone, i, last, fleet.parent),
    };
  });
}

function installPodNetwork(
  name: string,
  spec: ClusterSpec,
  membership: Membership,
  parent: pulumi.Resource,
): pulumi.Resource {
  const provider = new k8s.Provider(
    `${name}-kubernetes`,
    {
      kubeconfig: membership.kubeconfig,
      // A known word: were the provider identified by its kubeconfig, a new certificate would replace
      // everything in the cluster.
      clusterIdentifier: name,
    },
    { parent },
  );
  return new Flannel(
    `${name}-flannel`,
    { network: spec.network },
    {
      parent,
      provider,
      // With the cluster goes all that is in it; asking a dying API server to delete it would only wait.
      deletedWith: membership.formation,
    },
  );
}

/** Somebody else's endpoint is all that is checked and not made. `after`: everything else of the cluster. */
function checkEndpoint(
  name: string,
  context: GrantContext,
  { members: [first], last }: Membership,
  after: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  const { endpoint } = context.spec;
  if (endpoint.kind === "external" && first !== undefined)
    endpointCheck(name, context, endpoint, first, [last, ...after], parent);
}
