import { readTextFile, type FileReader } from "../ssh";
import { readKind, type ArgsOf, type SectionOf, type SpecOf } from "../values/kind";
import type { Partly, Reading } from "../values/section";
import { calico } from "./calico";
import { cilium } from "./cilium";
import { flannel, type FlannelSection } from "./flannel";
import { manifests } from "./manifests";
import { none } from "./none";

/** What connects pods: `network.kind`. Some kinds read files. */
export const networkKinds = (readFile: FileReader) =>
  ({ flannel, none, manifests: manifests(readFile), cilium: cilium(readFile), calico: calico(readFile) }) as const;

type NetworkKinds = ReturnType<typeof networkKinds>;

/** The kind of a network whose configuration names none. */
export const DEFAULT_NETWORK_KIND = "flannel" satisfies keyof NetworkKinds;

export type NetworkKind = keyof NetworkKinds;
export type NetworkArgs = ArgsOf<NetworkKinds>;
export type NetworkSpec = SpecOf<NetworkKinds>;
export type NetworkSection = SectionOf<NetworkKinds>;
export type NetworkReading = Reading<NetworkSpec, NetworkSection>;

/** The names of all kinds. */
export const NETWORK_KINDS = Object.keys(networkKinds(readTextFile)) as readonly NetworkKind[];

export const readNetwork = (raw: unknown, readFile: FileReader): NetworkReading =>
  readKind<NetworkSpec, NetworkSection>(
    networkKinds(readFile),
    raw === undefined ? {} : raw,
    ["network"],
    DEFAULT_NETWORK_KIND,
  );

/** Cilium alone can do without kube-proxy. */
export const replacesKubeProxy = (network: Partly<NetworkSection> | NetworkSpec): boolean =>
  "kubeProxyReplacement" in network && network.kubeProxyReplacement === true;

/** flannel's way between machines; undefined for any other kind. */
export const backendOf = (network: Partly<NetworkSection>): Partly<FlannelSection>["backend"] =>
  "backend" in network ? network.backend : undefined;

/** Whether Nodes become Ready by what `up` installs. */
export const bringsNetwork = ({ kind }: NetworkSpec): boolean => kind !== "none";

/** The network as that of a kind. */
export function ofKind<K extends NetworkKind>(network: NetworkSpec, kind: K): Extract<NetworkSpec, { kind: K }> {
  if (network.kind !== kind)
    throw new Error(`network.kind: found ${network.kind}, expected ${kind}; look at \`wanted\``);
  return network as Extract<NetworkSpec, { kind: K }>;
}
