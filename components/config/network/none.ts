import { z } from "zod";
import type { Kind } from "../values/kind";
import { judged, readSection } from "../values/section";
import { RANGE_FIELDS, type NetworkRangesArgs, type NetworkRangesSpec } from "./ranges";

/**
 * No pod network: you bring one. Until then every Node stays NotReady and pods that are not on the host's network,
 * CoreDNS among them, do not start; `up` says so and waits for the Nodes to be registered alone.
 */
export interface NoNetworkArgs extends NetworkRangesArgs {
  kind: "none";
}

/** The complete form of {@link NoNetworkArgs}. */
export interface NoNetworkSpec extends NetworkRangesSpec {
  readonly kind: "none";
}

const schema = z.object({ kind: z.literal("none"), ...RANGE_FIELDS }).strict();

export type NoNetworkSection = z.output<typeof schema>;

export const none: Kind<NoNetworkArgs, NoNetworkSpec, NoNetworkSection> = {
  example: { kind: "none" },
  read: (raw, path) => judged(readSection(schema, raw, path), [], section => section),
};
