import { readOptionalKind, rowsWith, type ArgsOf, type SectionOf, type SpecOf } from "../values/kind";
import type { Reading } from "../values/section";
import { equinixMetalCloud } from "./equinix-metal";

/** What the rules of configuration ask of an external cloud provider; they never ask for its name. */
export interface CloudProviderCapabilities {
  /** Its controller gives Services of type LoadBalancer their addresses where kube-vip asks annotations for neighbours. */
  readonly givesAddresses: boolean;
}

const row = rowsWith<CloudProviderCapabilities>();

/** Whose controller tells the cluster of its machines, with kubelets that wait for it: `cloudProvider.kind`. */
export const CLOUD_PROVIDER_KINDS = { "equinix-metal": row(equinixMetalCloud, { givesAddresses: true }) } as const;

export type CloudProviderArgs = ArgsOf<typeof CLOUD_PROVIDER_KINDS>;
export type CloudProviderSpec = SpecOf<typeof CLOUD_PROVIDER_KINDS>;
export type CloudProviderSection = SectionOf<typeof CLOUD_PROVIDER_KINDS>;
export type CloudProviderReading = Reading<CloudProviderSpec, CloudProviderSection>;

/** Undefined when the configuration asks for none. */
export const readCloudProvider = (raw: unknown): CloudProviderReading | undefined =>
  readOptionalKind<CloudProviderSpec, CloudProviderSection>(CLOUD_PROVIDER_KINDS, raw, ["cloudProvider"]);

/** What the provider is capable of; undefined when there is none, or its kind does not exist. */
export const cloudProviderCapabilities = (
  reading: CloudProviderReading | undefined,
): CloudProviderCapabilities | undefined =>
  reading?.partial.kind === undefined ? undefined : CLOUD_PROVIDER_KINDS[reading.partial.kind];
