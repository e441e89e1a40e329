import { ApiError, Client } from "../../probe/client";
import type { Target } from "../../probe/kubeconfig";
import type { Write } from "../record";
import { openLoop, type Clock } from "./clock";
import { codeOf } from "./connections";

/** Writes a second, each an object of its own. */
const RATE = 5;
/** Milliseconds that a write may take, as in the other suites' writer. */
const PATIENCE = 2000;
export const LABEL = "rackplane.example/failover";

/** A write before it is read back. */
export type Written = Omit<Write, "readBack">;

/**
 * Writes values, each once and unlike every other one; the connection is kept from write to write, and one that failed is
 * not used again.
 */
export async function writing(
  target: Target,
  path: string,
  clock: Clock,
  stop: AbortSignal,
  into: Written[],
): Promise<void> {
  let client = new Client(target, 0);
  await openLoop(RATE, clock, stop, async n => {
    const mine = client;
    const value = valueOf(n);
    const sentAt = clock.now();
    const body = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: value, labels: { [LABEL]: "true" } },
      data: { value },
    };
    const answer = await mine.request("POST", path, { body, signal: AbortSignal.timeout(PATIENCE) }).then(
      () => "201",
      (error: unknown) => {
        if (error instanceof ApiError) return String(error.status);
        if (client === mine) client = new Client(target, 0);
        return codeOf((error as { cause?: NodeJS.ErrnoException }).cause ?? (error as NodeJS.ErrnoException));
      },
    );
    into.push({ sentAt, tookSeconds: clock.now() - sentAt, answer, value });
  });
}

export const valueOf = (n: number): string => `value-${String(n).padStart(5, "0")}`;

/** Which values are there, and whole. */
export async function readBack(client: Client, path: string): Promise<ReadonlySet<string>> {
  const list = await client.request<{ items: { metadata: { name: string }; data?: { value?: string } }[] }>(
    "GET",
    `${path}?labelSelector=${encodeURIComponent(LABEL)}`,
  );
  return new Set(
    list.items.filter(({ metadata, data }) => data?.value === metadata.name).map(item => item.metadata.name),
  );
}
