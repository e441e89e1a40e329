import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkedText, secretText, text, uuid } from "../values/forms";
import { IMAGE, imageProblem } from "../values/images";
import type { Kind } from "../values/kind";
import { judged, readSection } from "../values/section";

/**
 * Equinix Metal's cloud controller manager (CPEM): Nodes get their provider id, addresses, plan and metro from the Metal
 * API, and are deleted with their machines. With `services.peers: annotations` it also reserves an address for each Service
 * of type LoadBalancer and writes the BGP neighbours of kube-vip at the workers' Nodes, with the sessions' password.
 */
export interface EquinixMetalCloudArgs {
  kind: "equinix-metal";
  /**
   * A read-write token of the Metal API. It is kept in the cluster, as a Secret in kube-system; give it one of its own, for
   * this project alone.
   */
  apiToken: pulumi.Input<string>;
  /**
   * UUID of the project whose devices the machines are, for machines over SSH; each has to have its device's host name as
   * its name.
   * @default the project that the machines are rented in
   */
  projectId?: string;
  /**
   * The metro of the addresses that are reserved for Services, two letters.
   * @default the workers', where they are rented in one; else each Service names its own in the annotation
   * `metal.equinix.com/eip-metro`
   */
  metro?: string;
  /**
   * The controller's image with its version.
   * @default "quay.io/equinix-oss/cloud-provider-equinix-metal:v3.8.1"
   */
  image?: string;
}

/** The complete form of {@link EquinixMetalCloudArgs}. */
export interface EquinixMetalCloudSpec {
  readonly kind: "equinix-metal";
  /** Secret. */
  readonly apiToken: pulumi.Output<string>;
  /** Lower case; absent: the machines are rented in a project of the stack's. */
  readonly projectId?: string;
  /** Lower case. */
  readonly metro?: string;
  readonly image: string;
}

/** The image where the configuration names none: CPEM's last release. */
export const CLOUD_CONTROLLER_IMAGE = "quay.io/equinix-oss/cloud-provider-equinix-metal:v3.8.1";

const TOKEN = "an API token; run pulumi config set --path rackplane:cloudProvider.apiToken --secret";

/** The value is never quoted. */
const tokenProblem = (token: string): string | undefined =>
  /^\S+$/.test(token)
    ? undefined
    : `found ${token === "" ? "an empty text" : "one with spaces in it"}, expected ${TOKEN}`;

const schema = z
  .object({
    kind: z.literal("equinix-metal"),
    apiToken: secretText(TOKEN, tokenProblem),
    projectId: uuid("the project's id").optional(),
    metro: text('a metro code, such as "da"', /^[a-z]{2}$/i).optional(),
    image: checkedText(IMAGE, image => imageProblem(image)).default(CLOUD_CONTROLLER_IMAGE),
  })
  .strict();

export type EquinixMetalCloudSection = z.output<typeof schema>;

export const equinixMetalCloud: Kind<EquinixMetalCloudArgs, EquinixMetalCloudSpec, EquinixMetalCloudSection> = {
  example: { kind: "equinix-metal", apiToken: "token" },
  read: (raw, path) =>
    judged(readSection(schema, raw, path), [], ({ projectId, metro, ...rest }) => ({
      ...rest,
      ...(projectId === undefined ? {} : { projectId: projectId.toLowerCase() }),
      ...(metro === undefined ? {} : { metro: metro.toLowerCase() }),
    })),
};
