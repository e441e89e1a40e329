import * as pulumi from "@pulumi/pulumi";
import { installAddons } from "./addons/install";
import { kubernetesProvider } from "./addons/provider";
import type { ClusterContext } from "./cluster-context";
import type { ClusterArgs } from "./config/args";
import { parseCluster } from "./config/parse";
import type { WorkerPoolSpec } from "./config/spec";
import { endpointAddress } from "./endpoint/address";
import { checkedEndpoint, endpointBalancers, endpointPeers } from "./endpoint/endpoint-kinds";
import { publicBlock, type MachinesContext } from "./machines/context";
import { hasCredentials } from "./machines/equinix-metal/credentials";
import type { Machine, PreparedMachine } from "./machines/machine";
import { controlPlaneMachines, exists, makeSite, prepare, workerMachines } from "./machines/machine-kinds";
import { preflight } from "./machines/preflight";
import { sshMachines } from "./machines/ssh/machines";
import { authorities, checkAuthorities, publishAuthorities, type Authorities } from "./membership/authorities";
import { awaitNodes } from "./membership/await-nodes";
import { balancer } from "./membership/balancer";
import { encryptSecrets } from "./membership/encryption";
import { formedAt, isYoung } from "./membership/due";
import { endpointCheck } from "./membership/endpoint-check";
import { form } from "./membership/form";
import type { MembershipContext } from "./membership/grant";
import { inviters } from "./membership/inviters";
import { join } from "./membership/join";
import { kubeconfig } from "./membership/kubeconfig";
import { kubeconfigs } from "./membership/kubeconfigs";
import { member } from "./membership/member";
import { restorable, restoreCluster } from "./membership/restore";
import { atOnceOf, turnsOf, waitsFor } from "./membership/turns";
import { wholeControlPlane } from "./membership/whole";
import { poolNodes } from "./membership/pool-nodes";
import { retire } from "./membership/retire";
import { worker } from "./membership/worker";
import { nodeSpec } from "./node";
import { redacted } from "./redacted";

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
  /** The cluster's name, from which its machines have theirs. */
  readonly name: string;
  /** `https://<VIP>:<port>`. */
  readonly endpoint: pulumi.Output<string>;
  /** The administrator's kubeconfig; secret. */
  readonly kubeconfig: pulumi.Output<string>;
  /** Every other kubeconfig that the configuration names, by name; secret. */
  readonly kubeconfigs: pulumi.Output<Readonly<Record<string, string>>>;
  /** The cluster CA, PEM; two of them while one is exchanged for the other. */
  readonly caCertificate: pulumi.Output<string>;
  /** The control plane's machines. */
  readonly machines: pulumi.Output<MachineOutput[]>;
  readonly workers: pulumi.Output<MachineOutput[]>;

  constructor(name: string, args: ClusterArgs, opts?: pulumi.ComponentResourceOptions) {
    const spec = parseCluster(args, { name, credentials: hasCredentials(opts) });
    // Pulumi keeps a component's inputs in state as they are, and shows them to policies.
    super("rackplane:index:Cluster", name, redacted(spec), opts);

    const cluster: ClusterContext = { name, spec, now: Date.now(), parent: this };
    const site = makeSite(cluster);
    const vip = endpointAddress(spec.endpoint, site.addressBlock);
    const balancers = pulumi.output(endpointBalancers(spec.endpoint).map(({ name, address }) => ({ name, address })));
    const workerAddresses = pulumi.output(spec.workers.flatMap(({ machines }) => addressesIn(machines)));
    const machines = makeMachines({
      ...cluster,
      site,
      peers: endpointPeers(spec.endpoint),
      node: machine =>
        pulumi
          // Other machines do not wait for the workers' addresses.
          .all([vip, balancers, machine.role === "balancer" ? workerAddresses : []])
          .apply(([address, balancers, workers]) => nodeSpec(spec, address, machine, { balancers, workers })),
    });
    const membership = makeMembers(machines);
    const pools = joinWorkers(machines, membership);
    const provider = kubernetesProvider(cluster, { ...membership, after: [...membership.joins, membership.settled] });
    const addons = installAddons(
      { ...cluster, project: site.project, publicBlock: publicBlock(spec, site) },
      { ...membership, provider },
      vip,
    );
    const rest = [...addons, retireOthers(machines, membership, pools)];
    waitForNodes(machines, membership, rest);
    checkEndpoint(machines.cluster, membership, rest);

    this.name = spec.name;
    this.endpoint = vip.apply(address => `https://${address}:${spec.endpoint.port}`);
    this.kubeconfig = membership.kubeconfig;
    this.kubeconfigs = kubeconfigs(machines.cluster, {
      ...membership,
      minters: inviters(machines.controlPlane),
      provider,
      whole: membership.last,
    });
    this.caCertificate = membership.authorities.trusted;
    this.machines = pulumi.all(machines.controlPlane.map(outputOf));
    this.workers = pulumi.all(machines.workers.map(({ machine }) => outputOf(machine)));
    this.registerOutputs({
      endpoint: this.endpoint,
      kubeconfig: this.kubeconfig,
      kubeconfigs: this.kubeconfigs,
      caCertificate: this.caCertificate,
      machines: this.machines,
      workers: this.workers,
    });
  }
}

/** Of machines that exist; a control plane with balancers has no other workers. */
const addressesIn = (machines: WorkerPoolSpec["machines"]) =>
  "hosts" in machines ? machines.hosts.map(({ address }) => address) : [];

const outputOf = (machine: Machine): pulumi.Output<MachineOutput> =>
  pulumi
    .all([machine.address, machine.sshHost])
    .apply(([address, sshHost]) => ({ name: machine.name, address, sshHost }));

interface Machines {
  readonly cluster: MembershipContext;
  /** In the order in which they become members. */
  readonly controlPlane: readonly PreparedMachine[];
  readonly balancers: readonly PreparedMachine[];
  readonly workers: readonly { readonly machine: PreparedMachine; readonly pool: WorkerPoolSpec }[];
}

/**
 * All machines, whatever their role. Those that exist already are looked at first; then all are prepared side by side.
 */
function makeMachines(context: MachinesContext): Machines {
  const { spec } = context;
  const controlPlane = controlPlaneMachines(context);
  const balancers = sshMachines(context, { hosts: endpointBalancers(spec.endpoint), role: "balancer" });
  const workers = spec.workers.flatMap(pool => workerMachines(context, pool).map(machine => ({ pool, machine })));
  const all = [...controlPlane, ...balancers, ...workers.map(({ machine }) => machine)];
  const preflights = preflight(context, { machines: all.filter(exists), controlPlane });
  const prepared = (machine: Machine) => prepare(context, machine, preflights);
  return {
    cluster: {
      ...context,
      controlPlane,
      turns: turnsOf({
        balancers: balancers.map(named),
        controlPlane: controlPlane.map(named),
        pools: spec.workers.map(pool => {
          const machines = machinesOf(workers, pool);
          return { machines: machines.map(named), atOnce: atOnceOf(pool.update, machines) };
        }),
      }),
    },
    controlPlane: controlPlane.map(prepared),
    balancers: balancers.map(prepared),
    workers: workers.map(({ pool, machine }) => ({ pool, machine: prepared(machine) })),
  };
}

const named = ({ name }: Machine): string => name;

interface Membership {
  readonly formation: pulumi.Resource;
  /** The machine that formed the cluster. */
  readonly first: PreparedMachine;
  /** The machines' joins: after them every machine is a member, however its settings may be. */
  readonly joins: readonly pulumi.Resource[];
  /** The last membership: after it the control plane is complete. */
  readonly last: pulumi.Resource;
  /**
   * After it the API answers for certain: in the `up` that forms the cluster the first join, so that what needs the API
   * begins beside the other joins; later, and while authorities are exchanged, the last membership, since members may have certificates to renew.
   */
  readonly settled: pulumi.Output<pulumi.Resource>;
  readonly kubeconfig: pulumi.Output<string>;
  /** Of the formation: what comes due by date is counted from it. */
  readonly caCertificate: pulumi.Output<string>;
  readonly authorities: Authorities;
}

/**
 * The first machine forms the cluster, once, and the others join it; a first machine that is re-created joins like any
 * other. A machine that joins waits until every other etcd member is healthy, and the entry of a machine that was lost
 * is removed by the new one's join alone: so all machines are there before the first join begins. Changes of members
 * come one machine at a time.
 */
function makeMembers({ cluster, controlPlane, balancers }: Machines): Membership {
  const [first, ...others] = controlPlane;
  if (first === undefined) throw new Error("controlPlane.count: found 0, expected 1, 3, 5 or 7");

  const lost = restorable(cluster, { controlPlane });
  const formation = form(cluster, { machine: first, balancers: oneByOne(cluster, balancers), restorable: lost });
  const keys = authorities(cluster, { first, formation });
  const prepared = controlPlane.map(machine => machine.prepared);
  // Before a machine joins, too: with the keys of a step that no other machine has come to, it could not.
  const ready = checkAuthorities(cluster, { first, authorities: keys, after: [formation.resource, ...prepared] });
  const restored = restoreCluster(cluster, { first, formation, authorities: keys, after: [...lost, ...prepared] });
  const joins = controlPlane.map(machine =>
    join(cluster, { machine, formation, authorities: keys, after: [...prepared, ...ready, ...restored] }),
  );
  const firstMember = member(cluster, {
    machine: first,
    formation,
    authorities: keys,
    after: [formation.resource, ...joins, ...ready],
  });
  const last = others.reduce(
    (before, machine) => member(cluster, { machine, formation, authorities: keys, after: [before] }),
    firstMember,
  );
  const encrypted = encryptSecrets(cluster, { controlPlane, formation, last });
  const whole = publishAuthorities(cluster, { first, authorities: keys, after: [encrypted] })[0] ?? encrypted;
  const caCertificate = pulumi.unsecret(formation.pki).apply(pki => pki["ca.crt"]);
  // A kubeconfig is issued by what the members are exchanged for.
  const settled =
    keys.exchange === undefined
      ? caCertificate.apply(ca => (isYoung(formedAt(ca), cluster.now) ? (joins[0] ?? last) : last))
      : pulumi.output(whole);
  return {
    formation: formation.resource,
    first,
    joins,
    last: whole,
    settled,
    kubeconfig: kubeconfig(cluster, { machine: first, caCertificate, after: settled }),
    caCertificate,
    authorities: keys,
  };
}

/** Of a pair of balancers one is changed while the other one holds the VIP. */
function oneByOne(cluster: MembershipContext, machines: readonly PreparedMachine[]): pulumi.Resource[] {
  const made: pulumi.Resource[] = [];
  for (const machine of machines) made.push(balancer(cluster, machine, made.slice(-1)));
  return made;
}

/**
 * Workers join and are changed after the control plane: all at once, or so many of a pool as its `update` says, each after
 * the one that many before it. A reachable member invites each, if possible another member for each worker.
 *
 * Returns what comes last of each pool, after all its workers: the state would name every worker again for each resource
 * that waits for them all.
 */
function joinWorkers(
  { cluster, controlPlane, workers }: Machines,
  { last, authorities }: Membership,
): pulumi.Resource[] {
  if (workers.length === 0) return [];
  const { gate, members } = wholeControlPlane(cluster, { controlPlane, last });
  const whole = { ...cluster, controlPlane: members };
  const all = inviters(members);
  const ofPool = new Map<WorkerPoolSpec, pulumi.Resource[]>();
  workers.forEach(({ machine, pool }, turn) => {
    const made = ofPool.get(pool) ?? [];
    const before = made[waitsFor(made.length, atOnceOf(pool.update, machinesOf(workers, pool))) ?? -1];
    const after = before === undefined ? [gate] : [gate, before];
    const trusts = authorities.exchange?.forWorkers;
    const resource = worker(whole, { machine, pool, inviters: all, turn, trusts, after });
    ofPool.set(pool, [...made, resource]);
  });
  return [...ofPool].map(([pool, after]) =>
    poolNodes(whole, { pool, workers: machinesOf(workers, pool), inviters: all, after }),
  );
}

const machinesOf = (
  workers: readonly { readonly machine: Machine; readonly pool: WorkerPoolSpec }[],
  pool: WorkerPoolSpec,
): Machine[] => workers.filter(worker => worker.pool === pool).map(({ machine }) => machine);

/** What is no longer in the configuration leaves the cluster, when all that is in it is there. */
const retireOthers = (
  { cluster, controlPlane, workers }: Machines,
  { last }: Membership,
  pools: readonly pulumi.Resource[],
): pulumi.Resource =>
  retire(cluster, {
    inviters: inviters(controlPlane),
    machines: [...controlPlane, ...workers.map(({ machine }) => machine)],
    after: [last, ...pools],
  });

/**
 * Nothing is done before every Node is Ready. Workers need one member that is reachable, whichever, so their Nodes are
 * asked for there, too. `others`: everything of the cluster besides its members.
 */
function waitForNodes(
  { cluster, controlPlane, workers }: Machines,
  { first, last }: Membership,
  others: readonly pulumi.Resource[],
): void {
  awaitNodes(cluster, {
    machine: workers.length === 0 ? first : inviters(controlPlane).choose({ turn: 0, after: [last] }).machine,
    machines: [...controlPlane, ...workers.map(({ machine }) => machine)],
    after: [last, ...others],
  });
}

/**
 * An endpoint that this program does not make is only checked. `others`: everything of the cluster besides its members.
 */
function checkEndpoint(
  cluster: MembershipContext,
  { first, last }: Membership,
  others: readonly pulumi.Resource[],
): void {
  const endpoint = checkedEndpoint(cluster.spec.endpoint);
  if (endpoint !== undefined) endpointCheck(cluster, { machine: first, endpoint, after: [last, ...others] });
}
