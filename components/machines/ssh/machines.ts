import * as pulumi from "@pulumi/pulumi";
import type { Role } from "../../../cloud-init/contract/identity";
import type { BgpPeerSpec } from "../../config/endpoint/bgp-peers";
import { generationOf } from "../../config/generations";
import type { HostSpec } from "../../config/spec";
import { md5Passwords, openPeers } from "../../endpoint/neighbours";
import type { MachinesContext } from "../context";
import type { Machine, Neighbours } from "../machine";

/** Machines over SSH, as the configuration lists them. */
export function sshMachines(
  { spec, peers: shared }: Pick<MachinesContext, "spec" | "peers">,
  { hosts, role }: { hosts: readonly HostSpec[]; role: Role },
): Machine[] {
  // When one machine has neighbours of its own, every machine is told its own list.
  const own = role === "control-plane" && haveOwnPeers(hosts);
  // A balancer is no member of the cluster, which it could leave.
  const generation = ({ name }: HostSpec): number => (role === "balancer" ? 0 : generationOf(spec, name));
  return hosts.map(host => ({
    kind: "ssh",
    role,
    name: host.name,
    key: host.name,
    address: pulumi.output(host.address),
    sshHost: pulumi.output(host.sshHost),
    login: { user: host.user ?? spec.ssh.user, port: host.port, bastion: host.bastion },
    hostKey: host.hostKey,
    // A machine that was installed anew has another key; the same key is the same machine.
    identity: pulumi.output(host.hostKey),
    ...(generation(host) === 0 ? {} : { generation: generation(host) }),
    ...(host.interface === undefined ? {} : { interface: host.interface }),
    ...(own ? { neighbours: neighboursOf(host.peers ?? (Array.isArray(shared) ? shared : [])) } : {}),
    needs: [],
  }));
}

/** A machine's own neighbours: the open half and the secret one. */
function neighboursOf(peers: readonly BgpPeerSpec[]): Neighbours {
  const md5 = md5Passwords(peers);
  return { peers: pulumi.output(openPeers(peers)), ...(md5 === undefined ? {} : { md5 }) };
}

export const haveOwnPeers = (hosts: readonly HostSpec[]): boolean => hosts.some(({ peers }) => peers !== undefined);
