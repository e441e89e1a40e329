import { anonymousProblems } from "./kubernetes/api-server";
import { controlPlaneCount } from "./machines/control-plane-count";
import { hostProblems } from "./checks/hosts";
import { readIsolation } from "./kubernetes/isolation";
import { machinesKind, readKind, type KindContext } from "./kind";
import { DEFAULT_ENDPOINT_KIND, ENDPOINT_KINDS, MACHINE_KINDS, type EndpointSpec, type MachinesSpec } from "./kinds";
import { completeMirrors, signingKeyProblems } from "./mirrors";
import { CLUSTER_NAME, isClusterName, machineName } from "./values/names";
import { podNetworkProblems } from "./checks/pod-network";
import { configurationError, describe, problem, type Problem } from "./values/problems";
import { overlap, parseRange, podRoomProblem } from "./values/ranges";
import { clusterSchema, type ClusterSections } from "./schema";
import { isRecord, readSection, type Partly } from "./values/section";
import type { ClusterSpec } from "./spec";
import { readSsh, readTextFile, type FileReader } from "./ssh";
import { readWorkers } from "./machines/workers";

export interface ParseOptions {
  /** The component's or stack's name: the cluster's, when the configuration names none. */
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
  const partial: Partly<ClusterSections> = sections.partial;
  const { count, problems: countProblems } = controlPlaneCount(args, partial.controlPlane?.count);
  const context: KindContext = { count, network: partial.network, raw: args, credentials: options.credentials };
  const machines = readKind<MachinesSpec>(MACHINE_KINDS, args.machines, ["machines"], context);
  const isolation = readIsolation(isRecord(args.controlPlane) ? args.controlPlane.isolation : undefined, [
    "controlPlane",
    "isolation",
  ]);
  const workers = readWorkers(args.workers, partial.name ?? options.name, context);
  const endpoint = readKind<EndpointSpec>(
    ENDPOINT_KINDS,
    args.endpoint ?? {},
    ["endpoint"],
    context,
    DEFAULT_ENDPOINT_KIND,
  );
  const ssh = readSsh(args.ssh, options.readFile ?? readTextFile, { publicKeyNeeded: machinesKind(context) !== "ssh" });

  const problems = [
    ...nameProblems(args.name, options.name),
    ...sections.problems,
    ...countProblems,
    ...isolation.problems,
    ...machines.problems,
    ...workers.problems,
    ...endpoint.problems,
    ...hostProblems(context),
    ...anonymousProblems(args.apiServer),
    ...rangeProblems(partial, count),
    ...podNetworkProblems(context),
    ...signingKeyProblems(partial.mirrors ?? {}, context),
    ...ssh.problems,
  ];
  if (
    problems.length > 0 ||
    !sections.value ||
    !machines.value ||
    !workers.value ||
    !endpoint.value ||
    !ssh.value ||
    !count
  ) {
    throw configurationError(problems);
  }

  const { value } = sections;
  const name = value.name ?? options.name;
  return deepFreeze<ClusterSpec>({
    name,
    kubernetesVersion: value.kubernetesVersion,
    controlPlane: {
      count,
      schedulable: value.controlPlane.schedulable,
      names:
        machines.value.kind === "ssh"
          ? machines.value.hosts.map(host => host.name)
          : Array.from({ length: count }, (_, i) => machineName(name, i)),
      ...(isolation.value === undefined ? {} : { isolation: isolation.value }),
    },
    machines: machines.value,
    workers: workers.value,
    endpoint: endpoint.value,
    network: value.network,
    ssh: ssh.value,
    mirrors: completeMirrors(value.mirrors, value.kubernetesVersion),
    kubelet: value.kubelet,
    kubeProxy: value.kubeProxy,
    apiServer: value.apiServer,
    apiServerNames: value.apiServerNames,
    deadlines: value.deadlines,
  });
}

/** A stack's name may hold what a host name may not; then the configuration must give one. */
function nameProblems(given: unknown, byDefault: string): Problem[] {
  if (given !== undefined || isClusterName(byDefault)) return [];
  return [
    problem(
      ["name"],
      `found none, and the stack's or component's name "${byDefault}" is no ${CLUSTER_NAME.replace(/^a /, "")}; set name`,
    ),
  ];
}

function rangeProblems({ network = {} }: Partly<ClusterSections>, count: number | undefined): Problem[] {
  const problems: Problem[] = [];
  const room = podRoomProblem(network.podCidr ?? "", count ?? 1);
  if (room !== undefined) problems.push(problem(["network", "podCidr"], room));

  const ranges = (["podCidr", "serviceCidr", "machineCidr"] as const).flatMap(key => ({
    key,
    text: network[key] ?? "",
    range: parseRange(network[key] ?? ""),
  }));
  ranges.forEach((one, i) =>
    ranges.slice(i + 1).forEach(other => {
      if (one.range === undefined || other.range === undefined || !overlap(one.range, other.range)) return;
      problems.push(
        problem(
          ["network", other.key],
          `found "${other.text}", which overlaps network.${one.key} "${one.text}"; expected ranges apart, choose another`,
        ),
      );
    }),
  );
  return problems;
}

/** Freezes plain data; Outputs stay as they are. */
function deepFreeze<T>(value: T): T {
  if (Array.isArray(value) || isRecord(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
