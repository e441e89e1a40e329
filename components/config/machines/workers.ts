import { z } from "zod";
import type { Taint } from "../../../cloud-init/node-spec";
import { givenHosts } from "../checks/given-hosts";
import { readKind, type KindContext } from "../kind";
import { WORKER_KINDS, type WorkerMachinesArgs, type WorkerMachinesSpec } from "../kinds";
import { labelsSchema, taintsSchema } from "../values/labels";
import { isLabel, workerName } from "../values/names";
import { passthrough } from "../kubernetes/passthrough";
import { describe, formatPath, problem, type Path, type Problem } from "../values/problems";
import { isRecord, readSection } from "../values/section";
import type { JsonObject } from "../spec";
import { checkedText } from "../values/forms";

/** Workers that are alike. They join through the VIP and never hold a key of the cluster's CAs. */
export interface WorkerPoolArgs {
  /** The pool's name, a DNS label; rented machines are called `<cluster>-<pool>-<i>`. */
  name: string;
  /** Where the pool's machines come from; the fields depend on `kind`. */
  machines: WorkerMachinesArgs;
  /**
   * Labels of the Nodes. Names below kubernetes.io and k8s.io are Kubernetes' own, and few of them a worker's to set.
   * @default {}
   * @example { "example.com/disk": "nvme" }
   */
  labels?: Record<string, string>;
  /**
   * Taints that a Node has from its first moment. Later changes reach the workers that join after them.
   * @default []
   * @example [{ key: "example.com/gpu", effect: "NoSchedule" }]
   */
  taints?: Taint[];
  /**
   * Fields merged into KubeletConfiguration on these machines, over the cluster's `kubelet`.
   * @default {}
   * @example { maxPods: 250 }
   */
  kubelet?: Record<string, unknown>;
}

/** The complete form of {@link WorkerPoolArgs}. */
export interface WorkerPoolSpec {
  readonly name: string;
  readonly machines: WorkerMachinesSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly kubelet: JsonObject;
}

/** Control-plane machines are called `<cluster>-cp-<i>`. */
const CONTROL_PLANE_POOL = "cp";

const schema = z
  .object({
    name: checkedText("a pool's name, a DNS label", name => {
      if (name === CONTROL_PLANE_POOL)
        return `found "${name}", the control plane's, expected another name; rented machines would be called alike`;
      return isLabel(name) ? undefined : `found ${describe(name)}, expected a DNS label: a-z, 0-9 and inner "-"`;
    }),
    machines: z.unknown(),
    labels: labelsSchema.default({}),
    taints: taintsSchema.default([]),
    kubelet: passthrough("KubeletConfiguration", "{ maxPods: 250 }").default({}),
  })
  .strict();

/** Reads the list of pools; `cluster` is the cluster's name, when it is good. */
export function readWorkers(
  raw: unknown,
  cluster: string | undefined,
  context: KindContext,
): { value?: WorkerPoolSpec[]; problems: readonly Problem[] } {
  if (raw === undefined) return { value: [], problems: [] };
  if (!Array.isArray(raw)) {
    return {
      problems: [problem(["workers"], `found ${describe(raw)}, expected a list of pools, each with name and machines`)],
    };
  }
  const pools = (raw as unknown[]).map((pool, i) => readPool(pool, ["workers", i], context));
  const value = pools.flatMap(pool => (pool.value === undefined ? [] : [pool.value]));
  const problems = [
    ...pools.flatMap(pool => pool.problems),
    ...duplicatePools(raw),
    ...(cluster === undefined ? [] : rentedNameProblems(raw, cluster, context)),
  ];
  return problems.length > 0 ? { problems } : { value, problems };
}

function readPool(
  raw: unknown,
  path: Path,
  context: KindContext,
): { value?: WorkerPoolSpec; problems: readonly Problem[] } {
  if (!isRecord(raw))
    return { problems: [problem(path, `found ${describe(raw)}, expected a pool with name and machines`)] };
  const { value, problems: found } = readSection(schema, raw, path);
  const machines = readKind<WorkerMachinesSpec>(WORKER_KINDS, raw.machines, [...path, "machines"], context);
  const problems = [...found, ...machines.problems];
  return value === undefined || machines.value === undefined || problems.length > 0
    ? { problems }
    : { value: { ...value, machines: machines.value }, problems };
}

const names = (pools: readonly unknown[]): unknown[] => pools.map(pool => (isRecord(pool) ? pool.name : undefined));

const duplicatePools = (pools: readonly unknown[]): Problem[] =>
  names(pools).flatMap((name, i, all) => {
    const first = all.indexOf(name);
    return name === undefined || first === i
      ? []
      : [
          problem(
            ["workers", i, "name"],
            `found ${describe(name)}, the name of workers[${first}] too; expected another`,
          ),
        ];
  });

/** Names that are made here may be too long, or those of machines that exist. */
function rentedNameProblems(pools: readonly unknown[], cluster: string, { raw }: KindContext): Problem[] {
  const hosts = givenHosts(raw);
  return pools.flatMap((pool, i) => {
    if (
      !isRecord(pool) ||
      typeof pool.name !== "string" ||
      !isRecord(pool.machines) ||
      pool.machines.kind !== "equinix-metal"
    )
      return [];
    const {
      name,
      machines: { count },
    } = pool;
    if (typeof count !== "number" || !Number.isInteger(count) || count < 1) return [];
    const path = ["workers", i, "name"];
    const last = workerName(cluster, name, count - 1);
    if (isLabel(name) && !isLabel(last)) {
      return [
        problem(
          path,
          `found ${describe(name)}, which makes "${last}", ${last.length} characters; expected a host name of at most 63, so choose a shorter pool or cluster name`,
        ),
      ];
    }
    const clash = hosts.find(
      ({ fields }) => typeof fields.name === "string" && isRented(fields.name, `${cluster}-${name}-`, count),
    );
    return clash === undefined
      ? []
      : [
          problem(
            path,
            `found ${describe(name)}, whose machines would be called as ${formatPath(clash.path)}, "${String(clash.fields.name)}"; expected another`,
          ),
        ];
  });
}

function isRented(name: string, beginning: string, count: number): boolean {
  const i = name.startsWith(beginning) ? name.slice(beginning.length) : "";
  return /^(0|[1-9]\d*)$/.test(i) && Number(i) < count;
}
