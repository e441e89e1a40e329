import type { ClusterSpec } from "../config/spec";
import type { AddonKind } from "./addon-kind";
import { calico } from "./calico";
import { cilium } from "./cilium";
import { cloudProviderEquinixMetal } from "./cloud-provider-equinix-metal";
import { flannel } from "./flannel";
import { kubeVipCloudProvider } from "./kube-vip-cloud-provider";
import { kubeVipServices } from "./kube-vip-services";
import { manifests } from "./manifests";

/** Every add-on, in the order of installation. */
const ADDONS: readonly AddonKind[] = [
  flannel,
  manifests,
  cilium,
  calico,
  cloudProviderEquinixMetal,
  kubeVipServices,
  kubeVipCloudProvider,
];

/** The add-ons that the configuration asks for. */
export const wantedAddons = (spec: ClusterSpec): readonly AddonKind[] => ADDONS.filter(addon => addon.wanted(spec));

export const addonImages = (spec: ClusterSpec): readonly string[] =>
  wantedAddons(spec).flatMap(addon => addon.images(spec));
