import type * as pulumi from "@pulumi/pulumi";
import { hasMetalCredentials } from "../../config/read";

/** Whether there is a token for the Metal API: the program's own, or that of a provider that the caller brings. */
export const hasCredentials = (opts?: pulumi.ComponentResourceOptions): boolean =>
  opts?.provider !== undefined ||
  opts?.providers !== undefined ||
  // The provider may stand at any component above.
  opts?.parent?.getProvider("equinix-metal:index/device:Device") !== undefined ||
  hasMetalCredentials();
