import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bootBundle, type NodeFiles } from "../../cloud-init/node-bundle";
import { IDENTITY_FILE, type MachineIdentity, type NodeSpec, type Role } from "../../cloud-init/node-spec";
import { NODE_JSON } from "../../cloud-init/user-data";
import type { ClusterSpec, HostSpec } from "../config/spec";
import { neighboursOf } from "../endpoint/neighbours";
import { command } from "./command";
import { asRoot } from "./connection";
import { identityOf } from "./identity";
import { timeouts } from "./timeouts";
import type { Machine, MachinesContext, PreparedMachine } from "./machine";
import type { Preflights } from "./preflight";

/** Constant; what varies comes to it on standard input. */
const BOOTSTRAP = readFileSync(join(__dirname, "bootstrap.sh"), "utf8");

/** Machines that exist already: nothing is rented, and nothing goes when they leave the configuration. */
export function sshHosts(spec: ClusterSpec, hosts: readonly HostSpec[], role: Role): Machine[] {
  // Where one machine has neighbours of its own, each is told its own.
  const own = role === "control-plane" && hosts.some(({ peers }) => peers !== undefined);
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
    ...(host.interface === undefined ? {} : { interface: host.interface }),
    ...(own ? { neighbours: neighboursOf(host.peers ?? sharedPeers(spec)) } : {}),
    needs: [],
  }));
}

const sharedPeers = ({ endpoint }: ClusterSpec) =>
  endpoint.kind === "kube-vip-bgp" && Array.isArray(endpoint.peers) ? endpoint.peers : [];

/**
 * `<cluster>-<machine>-prepared`: the on-node program is on the machine and has made it ready for its grant.
 *
 * Each new program or node document runs it again, which does nothing to a machine that is a member: that one gets
 * them with its grant, when its turn comes. The host key is the configuration's, checked from this first connection
 * on.
 */
export function preparedHost(cluster: MachinesContext, machine: Machine, preflights: Preflights): PreparedMachine {
  const { hostKey } = machine;
  if (hostKey === undefined)
    throw new Error(`${machine.name}: found no host key, expected one; machines over SSH are known by it`);
  const prepared = command(cluster, {
    name: `${machine.key}-prepared`,
    machine,
    line: ({ login }) => asRoot(login, `sh -c '${BOOTSTRAP.replace(/'/g, "'\\''")}'`),
    stdin: machine =>
      pulumi
        .all([cluster.node(machine), identityOf(machine), preflights.distinct])
        .apply(([node, identity]) => bootstrapInput(node, identity)),
    lifetime: "every change",
    timeout: timeouts(cluster.spec).prepared,
    after: [...machine.needs, ...preflights.resources],
  });
  return { ...machine, hostKey: pulumi.output(hostKey), prepared };
}

/** What user data carries on a rented machine, and who the machine is, which no metadata service says here. */
function bootstrapInput(node: NodeSpec, identity: MachineIdentity): string {
  const document = (value: object) => ({ mode: "0644" as const, content: `${JSON.stringify(value, null, 2)}\n` });
  const files: NodeFiles = { ...bootBundle(), [NODE_JSON]: document(node), [IDENTITY_FILE]: document(identity) };
  return JSON.stringify({ files });
}
