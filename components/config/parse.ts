import { readBackups } from "./backups/backups";
import { readRestore } from "./backups/restore";
import { crossProblems } from "./checks";
import { controlPlaneCount } from "./checks/control-plane-count";
import type { Given } from "./checks/given";
import { givenHosts } from "./checks/given-hosts";
import { awaiting, lateChecks } from "./checks/late-hosts";
import { readCloudProvider } from "./cloud-provider/cloud-provider-kinds";
import {
  DEFAULT_ENDPOINT_KIND,
  ENDPOINT_KINDS,
  type EndpointSection,
  type EndpointSpec,
} from "./endpoint/endpoint-kinds";
import { etcdProblems } from "./etcd";
import { rentedName } from "./generations";
import { readIsolation } from "./kubernetes/isolation";
import { completeKubeconfigs } from "./kubeconfigs";
import { MACHINE_KINDS, type MachinesSection, type MachinesSpec } from "./machines/machine-kinds";
import { readWorkers } from "./machines/workers";
import { completeMirrors } from "./mirrors";
import { readNetwork } from "./network/network-kinds";
import { clusterSchema } from "./schema";
import { completeServices, readServices } from "./services/service-kinds";
import type { ClusterSpec } from "./spec";
import { readSsh, readTextFile, type FileReader } from "./ssh";
import { readKind } from "./values/kind";
import { CLUSTER_NAME, isClusterName, machineName } from "./values/names";
import { configurationError, describe, problem, type Problem } from "./values/problems";
import { isRecord, readSection } from "./values/section";

export interface ParseOptions {
  /** The component's or stack's name, which the cluster gets when the configuration names none. */
  readonly name: string;
  /**
   * Whether a token for the machines' API is there (`hasMetalCredentials()`).
   * @default undefined: not checked, as when the caller passes a provider of its own
   */
  readonly credentials?: boolean;
  /**
   * Reads the key files that `ssh` names.
   * @default the file system
   */
  readonly readFile?: FileReader;
}

/**
 * Turns what a person said into the complete spec.
 *
 * @throws pulumi.InputPropertiesError with everything that is wrong, not only the first.
 */
export function parseCluster(args: unknown, options: ParseOptions): ClusterSpec {
  if (!isRecord(args))
    throw configurationError([
      problem(["rackplane"], `found ${describe(args)}, expected an object with machines and ssh`),
    ]);
  const sections = readSection(clusterSchema, args, []);
  const { partial } = sections;
  const machines = readKind<MachinesSpec, MachinesSection>(MACHINE_KINDS, partial.machines, ["machines"]);
  const isolation = readIsolation(partial.controlPlane?.isolation, ["controlPlane", "isolation"]);
  const workers = readWorkers(partial.workers);
  const endpoint = readKind<EndpointSpec, EndpointSection>(
    ENDPOINT_KINDS,
    partial.endpoint ?? {},
    ["endpoint"],
    DEFAULT_ENDPOINT_KIND,
  );
  const services = readServices(partial.services);
  const cloudProvider = readCloudProvider(partial.cloudProvider);
  const readFile = options.readFile ?? readTextFile;
  const network = readNetwork(partial.network, readFile);
  const ssh = readSsh(partial.ssh, readFile);
  const backups = readBackups(partial.backups);
  const restore = readRestore(partial.restore);
  const { count, problems: countProblems } = controlPlaneCount(sections, machines);

  const given: Given = {
    name: partial.name ?? options.name,
    count,
    credentials: options.credentials,
    cluster: sections,
    machines,
    pools: workers.pools,
    endpoint,
    ...(services === undefined ? {} : { services }),
    network,
    ...(cloudProvider === undefined ? {} : { cloudProvider }),
    hosts: givenHosts({ machines, pools: workers.pools, endpoint }),
    ssh,
  };
  const problems = [
    ...nameProblems(sections.says("name"), options.name),
    ...sections.problems,
    ...countProblems,
    ...etcdProblems(partial.etcd),
    ...isolation.problems,
    ...machines.problems,
    ...crossProblems("machines", given),
    ...workers.problems,
    ...crossProblems("workers", given),
    ...endpoint.problems,
    ...crossProblems("endpoint", given),
    ...(services?.problems ?? []),
    ...crossProblems("services", given),
    ...(cloudProvider?.problems ?? []),
    ...crossProblems("cloudProvider", given),
    ...network.problems,
    ...crossProblems("network", given),
    ...crossProblems("cluster", given),
    ...backups.problems,
    ...(restore?.problems ?? []),
    ...ssh.problems,
    ...crossProblems("ssh", given),
  ];
  if (
    problems.length > 0 ||
    !sections.value ||
    !machines.value ||
    !workers.value ||
    !endpoint.value ||
    !network.value ||
    !ssh.value ||
    !backups.value ||
    !count
  ) {
    throw configurationError(problems);
  }

  const { value } = sections;
  const late = lateChecks(given);
  const name = value.name ?? options.name;
  return deepFreeze<ClusterSpec>({
    name,
    kubernetesVersion: value.kubernetesVersion,
    controlPlane: {
      count,
      schedulable: value.controlPlane.schedulable,
      names:
        "hosts" in machines.value
          ? machines.value.hosts.map(host => host.name)
          : Array.from({ length: count }, (_, i) => rentedName(value, machineName(name, i))),
      ...(isolation.value === undefined ? {} : { isolation: isolation.value }),
    },
    machines: awaiting(machines.value, late),
    workers: workers.value.map(pool => ({ ...pool, machines: awaiting(pool.machines, late) })),
    endpoint:
      "machines" in endpoint.value
        ? { ...endpoint.value, machines: awaiting(endpoint.value.machines, late) }
        : endpoint.value,
    ...(services === undefined
      ? {}
      : { services: completeServices(services, { endpoint: endpoint.value, machines: machines.value }) }),
    ...(cloudProvider?.value === undefined ? {} : { cloudProvider: cloudProvider.value }),
    network: network.value,
    ssh: ssh.value,
    mirrors: completeMirrors(value.mirrors, value.kubernetesVersion),
    packages: value.packages,
    kubelet: value.kubelet,
    kubeProxy: value.kubeProxy,
    apiServer: value.apiServer,
    controllerManager: value.controllerManager,
    scheduler: value.scheduler,
    etcd: value.etcd,
    featureGates: value.featureGates,
    apiServerNames: value.apiServerNames,
    certificates: value.certificates,
    kubeconfigs: completeKubeconfigs(value.kubeconfigs),
    backups: backups.value,
    ...(restore?.value === undefined ? {} : { restore: restore.value }),
    deadlines: value.deadlines,
    protect: value.protect,
    generation: value.generation,
    generations: value.generations,
  });
}

/** A stack's name may hold characters that a host name may not; then the configuration must give a name. */
function nameProblems(given: boolean, byDefault: string): Problem[] {
  if (given || isClusterName(byDefault)) return [];
  return [
    problem(
      ["name"],
      `found none, and the stack's or component's name "${byDefault}" is no ${CLUSTER_NAME.replace(/^a /, "")}; set name`,
    ),
  ];
}

/** Freezes plain data; Outputs stay as they are. */
function deepFreeze<T>(value: T): T {
  if (Array.isArray(value) || isRecord(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
