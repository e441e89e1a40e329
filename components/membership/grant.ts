import * as pulumi from "@pulumi/pulumi";
import { apiServerFiles } from "../../cloud-init/documents/api-server";
import { kubeadmDocuments, workerDocument } from "../../cloud-init/documents/kubeadm";
import { etcdPatches } from "../../cloud-init/documents/etcd";
import { newAnswerKey } from "../../cloud-init/contract/answer";
import {
  GENERATION_LABEL,
  SIGNER_FILE,
  type BackupTerms,
  type Grant,
  type GrantAuthorities,
  type GrantEncryption,
  type GrantRestore,
  type GrantSecrets,
  type KubeconfigRequest,
  type WorkerTrust,
} from "../../cloud-init/contract/grant";
import type { MachineIdentity } from "../../cloud-init/contract/identity";
import type { NodeSpec } from "../../cloud-init/contract/node";
import { VERBS, type Verb } from "../../cloud-init/contract/verbs";
import { certificateTerms } from "./certificates";
import { programArchive } from "../../cloud-init/program";
import { fieldsWithGates } from "../../cloud-init/documents/parts";
import { isolationPatches, workerKubeletPatches, type IsolationFacts } from "../../cloud-init/documents/patches";
import type { PartSpec } from "../config/kubernetes/parts";
import type { IsolationSpec } from "../config/kubernetes/isolation";
import { replacesKubeProxy } from "../config/network/network-kinds";
import type { ClusterSpec, WorkerPoolSpec } from "../config/spec";
import { endpointSecrets } from "../endpoint/endpoint-kinds";
import type { MachinesContext } from "../machines/context";
import { identityOf, rosterEntry } from "../machines/identity";
import type { Machine } from "../machines/machine";

/** What every grant of one cluster shares. */
export interface MembershipContext extends MachinesContext {
  /** The control plane's machines. */
  readonly controlPlane: readonly Machine[];
  /** Each machine's turn when all are changed, by its name (turns.ts). */
  readonly turns: ReadonlyMap<string, number>;
}

/** One grant: a verb, the machine that runs it, and what that verb needs besides. */
export interface GrantArgs {
  readonly verb: Grant["verb"];
  readonly machine: Machine;
  readonly pki?: pulumi.Output<Grant["pki"]>;
  readonly encryption?: pulumi.Output<GrantEncryption> | undefined;
  /** By generation; secret. */
  readonly encryptionKeys?: pulumi.Output<string[]> | undefined;
  /** How far the exchange of certificate authorities is that `pki` is of. */
  readonly authorities?: pulumi.Output<GrantAuthorities> | undefined;
  /** What a worker trusts. */
  readonly trusts?: pulumi.Output<WorkerTrust> | undefined;
  /** The CA's certificate of the formation, from which what comes due by date is counted. */
  readonly formed?: pulumi.Output<string>;
  readonly invitation?: pulumi.Output<NonNullable<Grant["invitation"]>>;
  /** For `join`: one machine after the other. */
  readonly inTurn?: pulumi.Output<boolean>;
  readonly pool?: WorkerPoolSpec;
  /** The worker that is to be invited. */
  readonly invitee?: Machine;
  /** The machines that stay. */
  readonly staying?: readonly string[];
  readonly nodes?: Grant["nodes"];
  /** Where the cluster is backed up to. */
  readonly backups?: pulumi.Output<BackupTerms>;
  /** What the cluster is restored from. */
  readonly restore?: pulumi.Output<GrantRestore> | undefined;
  /** What is to be minted. */
  readonly kubeconfig?: pulumi.Input<KubeconfigRequest>;
}

/** The document that a machine is handed on standard input, as JSON. */
export function grant(cluster: MembershipContext, args: GrantArgs): pulumi.Output<string> {
  const { verb, machine } = args;
  const { spec } = cluster;
  if (!VERBS[verb].writesFacts) return question(cluster, args);
  const secrets = VERBS[verb].holdsVip ? secretsOf(spec, args) : undefined;
  return pulumi
    .all([
      cluster.node(machine),
      identityOf(machine),
      pulumi.all(cluster.controlPlane.map(rosterEntry)),
      pulumi.all([
        args.pki,
        args.authorities ?? formedWith(spec, verb),
        args.trusts,
        args.formed,
        args.backups,
        args.restore,
        args.inTurn,
      ]),
      secrets,
      args.invitation,
      answerKeyFor(verb),
      args.encryption,
    ])
    .apply(
      ([
        node,
        self,
        roster,
        [pki, authorities, trusts, formed, backups, restore, inTurn],
        secrets,
        invitation,
        answerKey,
        encryption,
      ]) =>
        JSON.stringify({
          verb,
          node,
          machine: self,
          roster,
          program: programArchive().hash,
          ...generationOf(machine),
          ...access(spec),
          ...settings(machine, spec, { node, machine: self, roster }, args.pool),
          ...(verb === "form" || verb === "restore" || verb === "join" || verb === "member"
            ? {
                encryption: encryption ?? spec.apiServer.encryption,
                certificates: certificateTerms(spec, { now: cluster.now, caCertificate: formed }),
                defragmentation: spec.etcd.defragment,
              }
            : {}),
          ...(some(spec.packages) ? { packages: spec.packages } : {}),
          secrets,
          pki,
          authorities,
          trusts,
          backups,
          restore,
          inTurn,
          invitation,
          answerKey,
        } satisfies Grant),
    );
}

/**
 * A verb that only asks gets nothing that the machine already knows from the grant that made it a member. One that asks all
 * machines before any is changed is told them: a machine may have been replaced by one at another address meanwhile. So is
 * the one that sees off all others.
 */
const question = (
  cluster: MembershipContext,
  { verb, machine, invitee, nodes, staying, ...args }: GrantArgs,
): pulumi.Output<string> =>
  pulumi
    .all([
      rosterEntry(machine),
      answerKeyFor(verb),
      args.kubeconfig,
      args.encryption,
      args.pki,
      args.authorities,
      verb === "check-authorities" || verb === "retire" ? pulumi.all(cluster.controlPlane.map(rosterEntry)) : undefined,
    ])
    .apply(([self, answerKey, kubeconfig, encryption, pki, authorities, roster]) =>
      JSON.stringify({
        verb,
        machine: self,
        roster,
        invitee: invitee?.name,
        ...generationOf(invitee),
        staying,
        kubeconfig,
        encryption,
        nodes,
        pki,
        authorities,
        answerKey,
      } satisfies Partial<Grant>),
    );

/** The number that a cluster gives to the authorities that it is formed with. */
const formedWith = ({ certificates: { authorities } }: ClusterSpec, verb: Verb): GrantAuthorities | undefined =>
  verb === "form" && authorities !== undefined ? { generation: authorities.generation, step: "forget" } : undefined;

/** Another one in every run; the command that it is made for runs once and keeps the one that it ran with. */
const answerKeyFor = (verb: Verb): pulumi.Output<string> | undefined =>
  VERBS[verb].needs.includes("answer key") ? pulumi.secret(newAnswerKey()) : undefined;

/** Absent where the machine was never asked to be replaced. */
const generationOf = (machine?: Machine): Pick<Grant, "generation"> =>
  machine?.generation === undefined ? {} : { generation: machine.generation };

const access = ({ ssh: { user, authorizedKeys } }: ClusterSpec): Pick<Grant, "access"> =>
  authorizedKeys === undefined ? {} : { access: { user, keys: authorizedKeys } };

/** kubeadm's documents of a role, and the files that they name. */
function settings(
  { role, generation }: Machine,
  spec: ClusterSpec,
  { node, machine, roster }: { node: NodeSpec; machine: MachineIdentity; roster: MachineIdentity[] },
  pool?: WorkerPoolSpec,
): Pick<Grant, "kubeadm" | "files" | "pool"> {
  if (role === "balancer") return {};
  if (role === "worker") {
    const { name, labels, taints, kubelet, update } = poolOf(pool, machine);
    const files = workerKubeletPatches({ cluster: fieldsWithGates(spec.kubelet, spec.featureGates), pool: kubelet });
    return {
      kubeadm: {
        join: workerDocument({
          kubernetesVersion: node.cluster.kubernetesVersion,
          machine,
          // Whoever invites it sees by the Node at which generation it joined.
          pool: { name, labels: { ...labels, ...generationLabel(generation) }, taints },
          patches: some(files),
          memberSeconds: spec.deadlines.member,
          externalCloud: spec.cloudProvider !== undefined,
        }),
      },
      pool: { name, labels, taints, ...(update ? { drainSeconds: update.drainSeconds } : {}) },
      ...(some(files) ? { files } : {}),
    };
  }
  const { encryption, extraArgs, extraVolumes } = spec.apiServer;
  const apiServerOwn = apiServerFiles(spec.apiServer);
  const { isolation } = spec.controlPlane;
  const patches = {
    ...(isolation === undefined ? {} : isolationPatches(isolationFacts(isolation))),
    ...etcdPatches(spec.etcd),
  };
  const files = { ...patches, ...Object.fromEntries(apiServerOwn.map(({ path, content }) => [path, content])) };
  return {
    kubeadm: kubeadmDocuments({
      cluster: node.cluster,
      endpoint: node.endpoint,
      network: spec.network,
      machine: { name: machine.name, address: machine.address },
      roster,
      schedulable: spec.controlPlane.schedulable,
      kubelet: spec.kubelet,
      kubeProxy: spec.kubeProxy,
      skipPhases: replacesKubeProxy(spec.network) ? ["addon/kube-proxy"] : [],
      apiServerNames: spec.apiServerNames,
      patches: some(patches),
      memberSeconds: spec.deadlines.member,
      externalCloud: spec.cloudProvider !== undefined,
      apiServer: { extraArgs, extraVolumes, files: apiServerOwn, encryption: encryption !== undefined },
      controllerManager: controllerManagerOf(spec),
      scheduler: spec.scheduler,
      etcd: spec.etcd,
      featureGates: spec.featureGates,
    }),
    ...(some(files) ? { files } : {}),
  };
}

/** The controller manager signs with a file of exactly one certificate, and `ca.crt` holds two meanwhile. */
const controllerManagerOf = ({ controllerManager, certificates: { authorities } }: ClusterSpec): PartSpec =>
  authorities === undefined || authorities.step === "forget"
    ? controllerManager
    : { ...controllerManager, extraArgs: { ...controllerManager.extraArgs, "cluster-signing-cert-file": SIGNER_FILE } };

/** The isolation of each pod, by kubeadm's names of the pods. */
const isolationFacts = ({ reservedSystemCPUs, static: pinned, cpu, memory }: IsolationSpec): IsolationFacts => ({
  ...(reservedSystemCPUs === undefined ? {} : { reservedSystemCPUs }),
  static: pinned,
  pods: {
    "kube-apiserver": { cpu: cpu.apiServer, memory: memory.apiServer },
    "kube-controller-manager": { cpu: cpu.controllerManager, memory: memory.controllerManager },
    "kube-scheduler": { cpu: cpu.scheduler, memory: memory.scheduler },
    etcd: { cpu: cpu.etcd, memory: memory.etcd },
  },
});

const generationLabel = (generation?: number): Record<string, string> =>
  generation === undefined ? {} : { [GENERATION_LABEL]: `${generation}` };

const some = (files: object): boolean => Object.keys(files).length > 0;

function poolOf(pool: WorkerPoolSpec | undefined, { name }: MachineIdentity): WorkerPoolSpec {
  if (pool === undefined)
    throw new Error(`${name}: found no pool, expected one; a worker's grant is made from its pool`);
  return pool;
}

/** Undefined when there are no secrets, so that a grant without secrets is not marked as secret. */
function secretsOf(spec: ClusterSpec, { machine, encryptionKeys }: GrantArgs): pulumi.Output<GrantSecrets> | undefined {
  const shared = endpointSecrets(spec.endpoint);
  const md5 = machine.neighbours === undefined ? undefined : (machine.neighbours.md5 ?? pulumi.output(undefined));
  if (shared === undefined && md5 === undefined && encryptionKeys === undefined) return undefined;
  return pulumi.all([shared, md5, encryptionKeys]).apply(([shared, own, encryptionKeys]) => ({
    ...shared,
    // The passwords of a machine's own neighbours replace the shared ones.
    ...(md5 === undefined ? {} : { md5: own }),
    ...(encryptionKeys === undefined ? {} : { encryptionKeys }),
  }));
}
