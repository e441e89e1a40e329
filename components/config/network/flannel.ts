import { z } from "zod";
import { checkedText, oneOf } from "../values/forms";
import { IMAGE, imageProblem } from "../values/images";
import type { Kind } from "../values/kind";
import { judged, readSection } from "../values/section";
import { RANGE_FIELDS, type NetworkRangesArgs, type NetworkRangesSpec } from "./ranges";

export const FLANNEL_BACKENDS = ["vxlan", "host-gw"] as const;
export type FlannelBackend = (typeof FLANNEL_BACKENDS)[number];

/** flannel connects pods. It enforces no NetworkPolicy: objects of that kind are taken and change nothing. */
export interface FlannelArgs extends NetworkRangesArgs {
  /** @default "flannel" */
  kind?: "flannel";
  /**
   * flannel's way between machines: `vxlan` works over any network; `host-gw` needs every machine on one layer-2
   * network. It is refused on Equinix Metal, whose machines share none.
   * @default "vxlan"
   */
  backend?: FlannelBackend;
  /**
   * flannel's image with its version.
   * @default "ghcr.io/flannel-io/flannel:v0.26.7"
   */
  flannelImage?: string;
}

/** The complete form of {@link FlannelArgs}. */
export interface FlannelSpec extends NetworkRangesSpec {
  readonly kind: "flannel";
  readonly backend: FlannelBackend;
  readonly flannelImage: string;
}

const schema = z
  .object({
    kind: z.literal("flannel"),
    ...RANGE_FIELDS,
    backend: oneOf(FLANNEL_BACKENDS).default("vxlan"),
    flannelImage: checkedText(IMAGE, image => imageProblem(image)).default("ghcr.io/flannel-io/flannel:v0.26.7"),
  })
  .strict();

export type FlannelSection = z.output<typeof schema>;

export const flannel: Kind<FlannelArgs, FlannelSpec, FlannelSection> = {
  example: {},
  read: (raw, path) => judged(readSection(schema, raw, path), [], section => section),
};
