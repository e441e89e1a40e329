import * as fs from "node:fs";
import { publicAddressOf } from "./canned/device-addresses";
import { clusterOverSsh, clusterRented } from "./clusters";
import { withGreeters } from "./greeters";
import { PUBLIC_KEY } from "./keys";
import { workspace, type Workspace } from "./workspace";

/** Bytes of the state of a cluster that was made: the checkpoint, secrets encrypted with a passphrase. */
export interface StateFigures {
  readonly machines: string;
  readonly controlPlane: number;
  readonly workers: number;
  readonly resources: number;
  /** The state as JSON without indentation. */
  readonly bytes: number;
  /**
   * The file of the file backend, which indents by four spaces and compresses only when asked
   * (PULUMI_SELF_MANAGED_STATE_GZIP).
   */
  readonly fileBytes: number;
  /** Of `bytes`, the user data of rented machines. */
  readonly userDataBytes: number;
  /** The parts that take most of `bytes`, largest first. */
  readonly largest: readonly { readonly what: string; readonly bytes: number }[];
}

const CONTROL_PLANE = 3;

/**
 * The clusters whose state is measured. The SSH agent has the key, because the state keeps a key from the configuration
 * once for every command.
 */
export const STATE_CASES = ["over SSH", "rented"] as const;
export type StateCase = (typeof STATE_CASES)[number];

export async function measureState(machines: StateCase, workers = 100): Promise<StateFigures> {
  const at = await workspace();
  try {
    await MAKE[machines](at, workers);
    const text = fs.readFileSync(at.checkpoint(STACK), "utf8");
    const stored = JSON.parse(text) as { checkpoint: { latest: { resources: StoredResource[] } } };
    const { resources } = stored.checkpoint.latest;
    const parts = partsOf(resources);
    return {
      machines,
      controlPlane: CONTROL_PLANE,
      workers,
      resources: resources.length,
      bytes: Buffer.byteLength(JSON.stringify(stored)),
      fileBytes: Buffer.byteLength(text),
      userDataBytes: parts.find(({ what }) => what.endsWith(" userData"))?.bytes ?? 0,
      largest: parts.slice(0, SHOWN),
    };
  } finally {
    at.remove();
  }
}

const STACK = "large";
const SHOWN = 8;

/** A resource as the checkpoint has it; the fields that are not named here count too. */
interface StoredResource {
  readonly type: string;
  readonly urn: string;
  readonly inputs?: Readonly<Record<string, unknown>>;
  readonly outputs?: Readonly<Record<string, unknown>>;
}

/**
 * Bytes by kind of resource and property, the largest first: inputs and outputs together, and what the engine notes
 * besides, which may be more than both. Commands are told apart by their purpose.
 */
function partsOf(resources: readonly StoredResource[]): StateFigures["largest"] {
  const bytes = new Map<string, number>();
  for (const { inputs = {}, outputs = {}, ...noted } of resources) {
    const { type, urn } = noted;
    const kind = type.startsWith("command:") ? `...-${urn.split("-").at(-1)}` : (type.split(":").at(-1) ?? type);
    for (const [property, value] of [inputs, outputs, noted].flatMap(part => Object.entries(part))) {
      const what = `${kind} ${property}`;
      bytes.set(what, (bytes.get(what) ?? 0) + JSON.stringify(value).length);
    }
  }
  return [...bytes].map(([what, bytes]) => ({ what, bytes })).sort((a, b) => b.bytes - a.bytes);
}

const MAKE: Readonly<Record<StateCase, (at: Workspace, workers: number) => Promise<unknown>>> = {
  "over SSH": (at, workers) =>
    withGreeters(
      Array.from({ length: CONTROL_PLANE + workers }, () => ({ host: "127.0.0.1", port: 0 })),
      ports => at.pulumi(STACK, "up", { text: clusterOverSsh({ controlPlane: CONTROL_PLANE, workers, ports }) }),
    ),
  rented: (at, workers) =>
    withGreeters(
      [
        ...Array.from({ length: CONTROL_PLANE }, (_, i) => `k8s-cp-${i}`),
        ...Array.from({ length: workers }, (_, i) => `k8s-general-${i}`),
      ].map(machine => ({ host: publicAddressOf(machine), port: 22 })),
      () =>
        at.pulumi(STACK, "up", {
          text: clusterRented({ controlPlane: CONTROL_PLANE, workers, publicKey: PUBLIC_KEY }),
        }),
    ),
};

export const describeState = ({
  machines,
  controlPlane,
  workers,
  resources,
  bytes,
  fileBytes,
  largest,
}: StateFigures): string =>
  [
    `state of ${controlPlane} control-plane machines and ${workers} workers ${machines}, ${resources} resources: ${bytes} bytes (${megabytes(bytes)}), ${megabytes(fileBytes)} as the file backend indents it`,
    ...largest.map(part => `  ${megabytes(part.bytes)}  ${part.what}`),
  ].join("\n");

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(2)} MB`;
