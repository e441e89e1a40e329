import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { archiveName } from "../../cloud-init/launch";
import { programArchive } from "../../cloud-init/program";
import type { ClusterContext } from "../cluster-context";
import { awake } from "./awake";
import { connection } from "./connection";
import type { Machine } from "./machine";

/**
 * `<cluster>-<machine>-program`: the on-node program, whole, as an archive in the home directory of the login user. The
 * copy installs nothing: each command names the program that it wants, the launcher (cloud-init/node/bin/launch) runs
 * that one, and its verb installs it when the machine's turn comes.
 *
 * The archive is a file and not a part of each command's input, because Pulumi's state keeps only the hash of a file,
 * but every input twice.
 *
 * `guard` runs before the copy is made or made anew, never at a preview. Everything else on the machine waits for the
 * copy, so what the guard refuses gets no grant.
 */
export function copyProgram(
  cluster: ClusterContext,
  machine: Machine,
  after: readonly pulumi.Resource[] = [],
  guard?: pulumi.ResourceHook,
): pulumi.Resource {
  const { path, hash } = programArchive();
  const guards = guard === undefined ? [] : [guard];
  return new remote.CopyToRemote(
    `${cluster.name}-${machine.key}-program`,
    {
      connection: connection(cluster.spec.ssh, machine),
      source: new pulumi.asset.FileAsset(path),
      // Relative to the home directory: in a folder that every user can write to, another user could put a file of that
      // name first.
      remotePath: archiveName(hash),
      // Another user has another home directory.
      triggers: [machine.identity, machine.login.user],
    },
    {
      parent: cluster.parent,
      dependsOn: [...after],
      deleteBeforeReplace: true,
      customTimeouts: { create: TIMEOUT, update: TIMEOUT },
      hooks: { beforeCreate: [...guards, ...awake(cluster)], beforeUpdate: [...guards, ...awake(cluster)] },
    },
  );
}

/** Dialling a machine that boots takes most of it. */
const TIMEOUT = "15m";
