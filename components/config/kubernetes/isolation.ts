import { z } from "zod";
import { describe, problem, type Path, type Problem } from "../values/problems";
import { readSection } from "../values/section";
import { checkedText, flag } from "../values/forms";

/**
 * Resources that belong to the control plane's own pods alone: each gets requests equal to limits (Guaranteed QoS),
 * and with `static` whole CPUs of its own.
 */
export interface IsolationArgs {
  /**
   * CPUs for the system and the kubelet, a list as Linux writes it. Pods with CPUs of their own never run on them.
   * @example "0"
   */
  reservedSystemCPUs?: string;
  /**
   * Pin each pod with whole CPUs to CPUs of its own (the kubelet's `cpuManagerPolicy: static`). Needs
   * `reservedSystemCPUs`.
   * @default true
   */
  static?: boolean;
  /**
   * CPUs of each pod: whole ones ("2"), which can be pinned, or less than one ("500m"), which cannot.
   * @default "1" each
   */
  cpu?: PerComponent;
  /**
   * Memory of each pod; beyond it the pod is killed.
   * @default apiServer "2Gi", controllerManager "512Mi", scheduler "256Mi", etcd "2Gi"
   */
  memory?: PerComponent;
}

export interface PerComponent {
  apiServer?: string;
  controllerManager?: string;
  scheduler?: string;
  etcd?: string;
}

/** The complete form of {@link IsolationArgs}. */
export interface IsolationSpec {
  readonly reservedSystemCPUs?: string;
  readonly static: boolean;
  readonly cpu: Readonly<Required<PerComponent>>;
  readonly memory: Readonly<Required<PerComponent>>;
  /** What a machine must have: CPUs, the reserved ones included, and MiB. */
  readonly needs: { readonly cpus: number; readonly memoryMiB: number };
}

const CPU = 'CPUs in quotes: whole ones ("1") or less than one in thousandths ("250m")';
const cpu = checkedText(CPU, value => {
  if (/^[1-9]\d{0,2}$/.test(value) || /^[1-9]\d{1,2}m$/.test(value)) return undefined;
  const share = /^[\d.]+m?$/.test(value) ? "; a share above one is never pinned" : "";
  return `found "${value}", expected ${CPU}${share}`;
}).default("1");

const MEMORY = 'memory in quotes, such as "512Mi" or "2Gi"';
const memory = (usual: string) =>
  checkedText(MEMORY, value =>
    mebibytes(value) >= 64 ? undefined : `found "${value}", expected ${MEMORY}, of 64Mi or more`,
  ).default(usual);

function mebibytes(text: string): number {
  const [, amount, unit] = /^(\d{1,6})(Mi|Gi)$/.exec(text) ?? [];
  return amount === undefined ? 0 : Number(amount) * (unit === "Gi" ? 1024 : 1);
}

const CPU_LIST = 'a list of CPUs in quotes, such as "0" or "0-1,8"';

/** The CPUs of a list, or none when it is no list. */
function cpusOf(text: string): number[] | undefined {
  const parts = text.split(",").map(part => /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part));
  const ranges = parts.map(match => [Number(match?.[1]), Number(match?.[2] ?? match?.[1])] as const);
  if (ranges.some(([first, last]) => !(first <= last))) return undefined;
  return ranges.flatMap(([first, last]) => Array.from({ length: last - first + 1 }, (_, i) => first + i));
}

export const isolationSchema = z
  .object({
    reservedSystemCPUs: checkedText(CPU_LIST, value => {
      const cpus = cpusOf(value);
      return cpus !== undefined && new Set(cpus).size === cpus.length
        ? undefined
        : `found ${describe(value)}, expected ${CPU_LIST}, each CPU once`;
    }).optional(),
    static: flag().default(true),
    cpu: z.object({ apiServer: cpu, controllerManager: cpu, scheduler: cpu, etcd: cpu }).strict().default({}),
    memory: z
      .object({
        apiServer: memory("2Gi"),
        controllerManager: memory("512Mi"),
        scheduler: memory("256Mi"),
        etcd: memory("2Gi"),
      })
      .strict()
      .default({}),
  })
  .strict();

/** Reads `controlPlane.isolation`. */
export function readIsolation(raw: unknown, path: Path): { value?: IsolationSpec; problems: readonly Problem[] } {
  if (raw === undefined) return { problems: [] };
  const { value, partial, problems: found, says } = readSection(isolationSchema, raw, path);
  const problems = [...found];
  if (partial.static === true && partial.cpu !== undefined) {
    if (!says("reservedSystemCPUs")) {
      problems.push(
        problem(
          [...path, "reservedSystemCPUs"],
          'found none, expected the CPUs that stay with the system, such as "0"; the kubelet pins nothing without (or set static: false)',
        ),
      );
    }
    const shares = Object.values(partial.cpu);
    if (shares.length === 4 && shares.every(share => share.endsWith("m"))) {
      problems.push(
        problem(
          [...path, "cpu"],
          'found shares of a CPU alone, expected whole CPUs for one pod or more, such as "1"; no other is pinned (or set static: false)',
        ),
      );
    }
  }
  return value === undefined || problems.length > 0
    ? { problems }
    : { value: { ...value, needs: needsOf(value) }, problems };
}

function needsOf({ cpu, memory, reservedSystemCPUs }: z.output<typeof isolationSchema>): IsolationSpec["needs"] {
  const thousandths = Object.values(cpu).reduce(
    (sum, share) => sum + (share.endsWith("m") ? Number(share.slice(0, -1)) : Number(share) * 1000),
    0,
  );
  const reserved = reservedSystemCPUs === undefined ? 0 : (cpusOf(reservedSystemCPUs)?.length ?? 0);
  return {
    cpus: thousandths / 1000 + reserved,
    memoryMiB: Object.values(memory).reduce((sum, size) => sum + mebibytes(size), 0),
  };
}
