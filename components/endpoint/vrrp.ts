import type * as pulumi from "@pulumi/pulumi";
import type { GrantSecrets } from "../../cloud-init/contract/grant";
import type { Vrrp } from "../../cloud-init/contract/node";
import type { VrrpSpec } from "../config/endpoint/vrrp";

/** keepalived's settings without its password. */
export const vrrp = ({ balancer, prefix, interface: carrier, virtualRouterId, advertSeconds }: VrrpSpec): Vrrp => ({
  balancer,
  prefix,
  ...(carrier === undefined ? {} : { interface: carrier }),
  virtualRouterId,
  advertSeconds,
});

export const vrrpSecrets = ({ password }: VrrpSpec): pulumi.Output<GrantSecrets> =>
  password.apply(vrrpPassword => ({ vrrpPassword }));
