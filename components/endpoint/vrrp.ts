import type * as pulumi from "@pulumi/pulumi";
import type { GrantSecrets } from "../../cloud-init/contract/grant";
import type { Balancing, Vrrp } from "../../cloud-init/contract/node";
import type { VrrpSpec } from "../config/endpoint/vrrp";

/** keepalived's settings without its password. */
export const vrrp = ({
  balancer,
  prefix,
  interface: carrier,
  virtualRouterId,
  vrrpVersion,
  advertSeconds,
}: VrrpSpec): Vrrp => ({
  balancer,
  prefix,
  ...(carrier === undefined ? {} : { interface: carrier }),
  virtualRouterId,
  // Machines of before know version 2 alone: their node.json stays what it is.
  ...(vrrpVersion === 3 ? { vrrpVersion } : {}),
  advertSeconds,
});

/** Version 3 has none. */
export const vrrpSecrets = ({ password }: VrrpSpec): pulumi.Output<GrantSecrets> | undefined =>
  password?.apply(vrrpPassword => ({ vrrpPassword }));

/** How balancer and keepalived are looked at; undefined where nothing is asked for. */
export function observed({ statistics, connectionLog, snmpTraps }: VrrpSpec): Balancing | undefined {
  const asked: Balancing = {
    ...(statistics === undefined ? {} : { statistics }),
    ...(connectionLog ? { connectionLog } : {}),
    ...(snmpTraps ? { snmpTraps } : {}),
  };
  return Object.keys(asked).length === 0 ? undefined : asked;
}
