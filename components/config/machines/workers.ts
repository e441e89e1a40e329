import { z } from "zod";
import type { Taint } from "../../../cloud-init/contract/grant";
import { readKind } from "../values/kind";
import {
  WORKER_KINDS,
  type WorkerMachinesArgs,
  type WorkerMachinesReading,
  type WorkerMachinesSection,
  type WorkerMachinesSpec,
} from "./machine-kinds";
import { labelsSchema, taintsSchema } from "../values/labels";
import { isLabel } from "../values/names";
import { passthrough } from "../kubernetes/passthrough";
import { describe, problem, type Path, type Problem } from "../values/problems";
import { isRecord, judged, readSection, says, type Reading } from "../values/section";
import type { JsonObject } from "../values/json";
import { checkedText, whole } from "../values/forms";

/** Workers that are alike. They join through the VIP and never hold a key of the cluster's CAs. */
export interface WorkerPoolArgs {
  /** The pool's name, a DNS label; rented machines are called `<cluster>-<pool>-<i>`. */
  name: string;
  /** Where the pool's machines come from; the fields depend on `kind`. */
  machines: WorkerMachinesArgs;
  /**
   * Labels of the Nodes. Names below kubernetes.io and k8s.io are Kubernetes' own, and a worker may set only a few of
   * them. An edit reaches the Nodes that are there; labels from elsewhere stay.
   * @default {}
   * @example { "example.com/disk": "nvme" }
   */
  labels?: Record<string, string>;
  /**
   * Taints that a Node has from its first moment. An edit reaches the Nodes that are there; taints from elsewhere stay.
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
  /**
   * How machines of the pool that run are changed: to another version of Kubernetes, for instance.
   * @default all at once, and pods stay: kubelet restarts beside them
   * @example { atOnce: 2, drainSeconds: 300 }
   */
  update?: WorkerUpdateArgs;
}

/** How a pool's machines are changed. */
export interface WorkerUpdateArgs {
  /**
   * The most machines that are changed, or join, at the same time; 1 to 1000. Each waits until the one that is so many
   * before it is well; where that one fails, those behind it are left as they are.
   * @default 1 where pods leave (`drainSeconds`), else all
   */
  atOnce?: number;
  /**
   * Seconds that pods have to leave a machine before its kubelet gets another version, as their disruption budgets allow;
   * 0 to 3600. Past them the machine is left as it is and `up` fails. 0: pods stay.
   * @default 0
   */
  drainSeconds?: number;
}

/** The complete form of {@link WorkerUpdateArgs}. */
export interface WorkerUpdateSpec {
  readonly atOnce: number;
  readonly drainSeconds: number;
}

/** The complete form of {@link WorkerPoolArgs}. */
export interface WorkerPoolSpec {
  readonly name: string;
  readonly machines: WorkerMachinesSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly kubelet: JsonObject;
  /** Absent: all at once, and pods stay. */
  readonly update?: WorkerUpdateSpec | undefined;
}

/** Control-plane machines are called `<cluster>-cp-<i>`. */
const CONTROL_PLANE_POOL = "cp";

/** As many as one `up` ever changes. */
const MOST_AT_ONCE = 1000;

const updateSchema = z
  .object({
    atOnce: whole("a whole number of machines", 1, MOST_AT_ONCE).optional(),
    drainSeconds: whole("whole seconds", 0, 3600).default(0),
  })
  .strict()
  .transform(
    ({ atOnce, drainSeconds }): WorkerUpdateSpec => ({
      atOnce: atOnce ?? (drainSeconds > 0 ? 1 : MOST_AT_ONCE),
      drainSeconds,
    }),
  );

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
    update: updateSchema.optional(),
  })
  .strict();

/** A pool's good values, and its machines. */
export interface PoolReading extends Reading<WorkerPoolSpec, z.output<typeof schema>> {
  readonly machines?: WorkerMachinesReading;
}

/** Reads the list of pools, each by itself. */
export function readWorkers(raw: unknown): {
  readonly value?: readonly WorkerPoolSpec[];
  readonly pools: readonly PoolReading[];
  readonly problems: readonly Problem[];
} {
  if (raw === undefined) return { value: [], pools: [], problems: [] };
  if (!Array.isArray(raw)) {
    return {
      pools: [],
      problems: [problem(["workers"], `found ${describe(raw)}, expected a list of pools, each with name and machines`)],
    };
  }
  const pools = (raw as unknown[]).map((pool, i) => readPool(pool, ["workers", i]));
  const value = pools.flatMap(pool => (pool.value === undefined ? [] : [pool.value]));
  const problems = pools.flatMap(pool => pool.problems);
  return problems.length > 0 ? { pools, problems } : { value, pools, problems };
}

function readPool(raw: unknown, path: Path): PoolReading {
  if (!isRecord(raw)) {
    const reason = `found ${describe(raw)}, expected a pool with name and machines`;
    return { partial: {}, problems: [problem(path, reason)], says: says(raw) };
  }
  const reading = readSection(schema, raw, path);
  const machines = readKind<WorkerMachinesSpec, WorkerMachinesSection>(WORKER_KINDS, reading.partial.machines, [
    ...path,
    "machines",
  ]);
  const { value: made, problems } = machines;
  const { value, ...rest } = judged(reading, problems, section => section);
  return {
    ...rest,
    machines,
    ...(value === undefined || made === undefined ? {} : { value: { ...value, machines: made } }),
  };
}
