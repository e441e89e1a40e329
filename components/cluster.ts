import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { userData } from "../cloud-init/user-data";
import { Flannel } from "./addons/flannel";
import type { ClusterArgs } from "./config/args";
import { parseCluster } from "./config/parse";
import { hasMetalCredentials } from "./config/read";
import type { ClusterSpec } from "./config/spec";
import { globalAddress } from "./endpoint/global-address";
import * as metal from "./machines/equinix-metal";
import type { Machine } from "./machines/machine";
import { form } from "./membership/form";
import type { GrantContext } from "./membership/grant";
import { kubeconfig } from "./membership/kubeconfig";
import { member } from "./membership/member";
import { prepared } from "./membership/prepared";
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
  readonly machines: pulumi.Output<MachineOutput[]>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const spec = parseCluster(args, { name, credentials: bringsProvider(opts) || hasMetalCredentials() });
    // A component's inputs are kept in state as given: none, since some of these are secret.
    super("rackplane:index:Cluster", name, {}, opts);

    const site = { name, spec, machines: spec.machines, parent: this };
    const project = metal.projectId(site);
    const vip = globalAddress(name, project, {
      reservationId: spec.endpoint.reservationId, protect: spec.machines.protect,
    }, this);
    const node = vip.apply(address => nodeSpec(spec, address));
    const machines = metal.devices(site, project, node.apply(userData));
    const membership = makeMembers(name, { spec, node, machines }, this);
    installPodNetwork(name, spec, membership, this);

    this.endpoint = vip.apply(address => `https://${address}:${spec.endpoint.port}`);
    this.kubeconfig = membership.kubeconfig;
    this.caCertificate = membership.caCertificate;
    this.machines = pulumi.all(machines.map(outputOf));
    this.registerOutputs({
      endpoint: this.endpoint, kubeconfig: this.kubeconfig,
      caCertificate: this.caCertificate, machines: this.machines,
    });
  }
}

/** A library user's own provider carries its own token. */
const bringsProvider = (opts?: pulumi.ComponentResourceOptions): boolean =>
  opts?.provider !== undefined || opts?.providers !== undefined
  // ... and may stand at any component above.
  || opts?.parent?.getProvider("equinix-metal:index/device:Device") !== undefined;

const outputOf = (machine: Machine): pulumi.Output<MachineOutput> =>
  pulumi.all([machine.address, machine.sshHost]).apply(([address, sshHost]) => ({ name: machine.name, address, sshHost }));

interface Membership {
  readonly formation: pulumi.Resource;
  readonly kubeconfig: pulumi.Output<string>;
  readonly caCertificate: pulumi.Output<string>;
}

/** Prepared in parallel, formed once, made members one at a time. */
function makeMembers(name: string, context: GrantContext, parent: pulumi.Resource): Membership {
  const ready = context.machines.map((machine, i) =>
    ({ machine, hostKey: prepared(name, i, machine, context.spec, parent) }));
  const [first] = ready;
  if (first === undefined) throw new Error("controlPlane.count: found 0, expected 1, 3, 5 or 7");

  const formation = form(name, context, first.machine, first.hostKey, parent);
  const last = ready.reduce<pulumi.Resource>((after, { machine, hostKey }, i) =>
    member(name, i, context, machine, hostKey, formation, after, parent), formation.resource);
  return {
    formation: formation.resource,
    kubeconfig: kubeconfig(name, context, first.machine, first.hostKey, last, parent),
    caCertificate: pulumi.unsecret(formation.pki).apply(pki => pki["ca.crt"]),
  };
}

function installPodNetwork(name: string, spec: ClusterSpec, membership: Membership, parent: pulumi.Resource): void {
  const provider = new k8s.Provider(`${name}-kubernetes`, {
    kubeconfig: membership.kubeconfig,
    // A known word: were the provider identified by its kubeconfig, a new certificate would replace
    // everything in the cluster.
    clusterIdentifier: name,
  }, { parent });
  new Flannel(`${name}-flannel`, { network: spec.network }, {
    parent,
    provider,
    // With the cluster goes all that is in it; asking a dying API server to delete it would only wait.
    deletedWith: membership.formation,
  });
}
