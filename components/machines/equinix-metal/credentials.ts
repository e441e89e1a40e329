import * as pulumi from "@pulumi/pulumi";
import { hasMetalCredentials, metalToken } from "../../config/read";

const DEVICE = "equinix-metal:index/device:Device";

/** Whether there is a token for the Metal API: the program's own, or that of a provider that the caller brings. */
export const hasCredentials = (opts?: pulumi.ComponentResourceOptions): boolean =>
  opts?.provider !== undefined ||
  opts?.providers !== undefined ||
  // The provider may stand at any component above.
  opts?.parent?.getProvider(DEVICE) !== undefined ||
  hasMetalCredentials();

/**
 * The token with which the machines below a resource are made: that of the provider that the caller brought, or the
 * program's own. Undefined where neither has one.
 */
export function tokenFor(parent: pulumi.Resource): pulumi.Output<string | undefined> {
  // The released provider's type does not tell of it, but every argument of a resource is an Output on it.
  const provider = parent.getProvider(DEVICE) as { readonly authToken?: pulumi.Input<string | undefined> } | undefined;
  return pulumi.output(provider?.authToken).apply(token => token || metalToken());
}
