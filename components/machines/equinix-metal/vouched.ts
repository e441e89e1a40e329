import { setTimeout as delay } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import { toldHostKey } from "../../../cloud-init/contract/host-key";
import { tellsHostKey } from "../../../cloud-init/user-data";
import type { ClusterContext } from "../../cluster-context";
import { fingerprint } from "../fingerprint";
import type { Machine } from "../machine";
import { hasHooks, valueOf } from "../hooks";
import { tokenFor } from "./credentials";
import { metalApi, MetalApiError } from "./events";

/** A rented machine whose key one connection has learned. */
export interface Learned extends Pick<Machine, "name" | "key" | "identity" | "sshHost" | "userData"> {
  /** The command whose connection learned it. */
  readonly learnedBy: pulumi.Resource;
}

/** A change of the resource that is the first to be sent to the machine, as its hook is told of it. */
export type Change = Pick<pulumi.ResourceHookArgs, "newInputs" | "oldInputs">;

/**
 * What stands between a machine's first connection and everything that is sent to it: the machine's platform has to
 * vouch for the key that the connection learned. A machine tells its platform its key when it boots
 * (node/boot/verbs/prepare.sh), the platform knows by itself which machine that is, and here the Metal API is asked
 * what it was told. Another SSH server on the way can answer the first connection, but cannot tell the platform
 * anything in the machine's name.
 *
 * A hook, so that the API is asked once for each machine and key and not at every `up`, which would need the platform to
 * keep its events for ever; that the guarded resource is in Pulumi's state records that the key was vouched for.
 * Undefined with `ssh.hostKeys: first-use`, and for Pulumi's mocks, which know no hooks and reach no machine.
 */
export function vouching(cluster: ClusterContext, machine: Learned): pulumi.ResourceHook | undefined {
  if (cluster.spec.ssh.hostKeys === "first-use" || !hasHooks()) return undefined;
  return new pulumi.ResourceHook(`${cluster.name}-${machine.key}-vouched`, change => check(cluster, machine, change));
}

/** @throws Error naming machine and keys when its platform does not vouch for the key that the change would use */
export async function check({ parent }: ClusterContext, machine: Learned, change: Change): Promise<void> {
  const learned = await hostKeyOf(change.newInputs);
  // Another version of the program, to the machine as it is known. An empty answer is a key that nobody has.
  if (learned !== "" && learned === (await hostKeyOf(change.oldInputs))) return;
  const { name } = machine;
  const [device, host, userData, urn] = await valueOf(
    pulumi.all([machine.identity, machine.sshHost, machine.userData, machine.learnedBy.urn]),
  );
  if (!tellsHostKey(userData ?? "")) {
    // Such machines may be members already; to refuse them would shut the operator out of a cluster that runs.
    await pulumi.log.warn(
      `${name}: booted with user data of an earlier version and told its platform no host key, so ` +
        `${fingerprint(learned)} is whatever answered first at ${host}. 'ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub' ` +
        "on its console shows its own; 'pulumi up --replace' of its device makes a machine whose key is vouched for",
      machine.learnedBy,
    );
    return;
  }
  const token = await valueOf(tokenFor(parent));
  const vouched = await keyTold({ name, device, token: token ?? "" });
  if (vouched === learned) return;
  throw new Error(
    [
      `${name}: found the SSH host key ${fingerprint(learned)} at ${host}, expected ${fingerprint(vouched)}, which the machine told Equinix Metal when it booted.`,
      "Another SSH server answers in its place, or the machine was installed anew. No grant was sent to it.",
      `Look at what answers at ${host} on the way from here. Then run 'pulumi up --replace "${urn}"', which asks for the key anew; replace the device of a machine that was installed anew.`,
    ].join("\n"),
  );
}

/** A connection is a secret as a whole, since it may hold a private key. */
const hostKeyOf = async (inputs: Change["newInputs"]): Promise<string> => {
  const connection = await valueOf(pulumi.output(inputs?.connection as { hostKey?: string } | undefined));
  return connection?.hostKey ?? "";
};

/**
 * Milliseconds for a machine's event to arrive, and between two looks; a machine that itself answered told its key
 * before that. Tests wait less.
 */
export const patience = { wait: 120_000, between: 3_000 };

/** HTTP's words for a path that is not there; the others may pass. */
const NOT_THERE = [200, 404, 405, 410, 501];
const NOT_ALLOWED = [401, 403];

const FIRST_USE = "ssh.hostKeys: first-use trusts what answers first instead, as nothing then checks that it is";

/** The host key that a machine told its platform first: any program that runs on it later could tell another. */
async function keyTold({ name, device, token }: { name: string; device: string; token: string }): Promise<string> {
  const deadline = Date.now() + patience.wait;
  for (;;) {
    const found = await look(name, device, token);
    if (found.key !== undefined) return found.key;
    if (Date.now() > deadline)
      throw new Error(
        `${name}: ${found.why} after ${patience.wait / 1000} s, expected its SSH host key there, which it tells when it boots; ` +
          `no grant was sent to it. 'journalctl -u rackplane-prepare' on its console says whether it could; run 'pulumi up' again then. ` +
          `${FIRST_USE} ${name}`,
      );
    await delay(patience.between);
  }
}

async function look(name: string, device: string, token: string): Promise<{ key?: string; why: string }> {
  try {
    const events = await metalApi.events(device, token);
    const keys = events.flatMap(({ body, interpolated }) => toldHostKey(`${body ?? ""} ${interpolated ?? ""}`) ?? []);
    return { key: keys[0], why: `found ${events.length} events of device ${device} in the Metal API and no host key` };
  } catch (error) {
    if (!(error instanceof MetalApiError)) throw error;
    const { status, message } = error;
    if (status !== undefined && NOT_ALLOWED.includes(status))
      throw new Error(
        `ssh.hostKeys: ${message}, expected the events of ${name}; use a token that may read the device. ${FIRST_USE} ${name}`,
      );
    if (status !== undefined && NOT_THERE.includes(status))
      throw new Error(
        `ssh.hostKeys: ${message}, expected the events of ${name}: this Metal API vouches for no host key. ${FIRST_USE} ${name}`,
      );
    return { why: `the Metal API does not answer (${message})` };
  }
}
