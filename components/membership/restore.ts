import * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { launched, receiveGrant } from "../machines/connection";
import { rosterEntry } from "../machines/identity";
import type { PreparedMachine } from "../machines/machine";
import { timeouts } from "../machines/timeouts";
import { keysOf, type Authorities } from "./authorities";
import { restoreTerms } from "./backups";
import { encryptionFor, encryptionKeysFor } from "./encryption";
import type { Formation } from "./form";
import { grant, type MembershipContext } from "./grant";

/** What a command says of the restore behind its line, so that another one is another line. */
export const restoreNote = ({ spec: { restore } }: MembershipContext): string =>
  restore === undefined ? "" : ` # restore ${restore.generation}`;

/**
 * `<cluster>-<machine>-restorable-<n>`: every machine of the control plane is asked over SSH whether the cluster lives on it,
 * or on another one as seen from it (verbs/restorable.sh). Before anything is restored, and once for each restore.
 */
export function restorable(
  cluster: MembershipContext,
  { controlPlane }: { controlPlane: readonly PreparedMachine[] },
): pulumi.Resource[] {
  const { restore, endpoint, etcd } = cluster.spec;
  if (restore === undefined) return [];
  const { generation } = restore;
  const apiPort = "apiServerPort" in endpoint ? endpoint.apiServerPort : endpoint.port;
  return controlPlane.map(machine =>
    command(cluster, {
      name: `${machine.key}-restorable-${generation}`,
      machine,
      line: machine => launched(machine, "restorable"),
      stdin: machine =>
        pulumi
          .all(cluster.controlPlane.map(rosterEntry))
          .apply(roster =>
            JSON.stringify({
              generation,
              apiPort,
              etcdDirectory: etcd.dataDirectory,
              others: roster.filter(({ name }) => name !== machine.name).map(({ address }) => address),
            }),
          ),
      lifetime: "once",
      timeout: "10m",
      after: [machine.prepared],
    }),
  );
}

/**
 * `<cluster>-restore-<n>`: a cluster that Pulumi's state knows is made again on its first machine, with the keys of the
 * state. One that was formed from a backup in the same `up` has been restored by that, and the machine says so. Once for
 * each number, as the formation.
 */
export function restoreCluster(
  cluster: MembershipContext,
  args: {
    readonly first: PreparedMachine;
    readonly formation: Formation;
    readonly authorities: Authorities;
    readonly after: readonly pulumi.Resource[];
  },
): pulumi.Resource[] {
  const { first, formation, after } = args;
  const { restore } = cluster.spec;
  if (restore === undefined) return [];
  const { pki, authorities } = keysOf(args);
  return [
    command(cluster, {
      name: `restore-${restore.generation}`,
      machine: first,
      line: receiveGrant("restore"),
      stdin: machine =>
        grant(cluster, {
          verb: "restore",
          machine,
          pki,
          authorities,
          encryption: encryptionFor(cluster.spec, formation),
          encryptionKeys: encryptionKeysFor(cluster.spec, formation),
          restore: restoreTerms(cluster.spec, formation.pki),
        }),
      secretStdin: true,
      secretOutputs: true,
      lifetime: "once",
      timeout: timeouts(cluster.spec).verb,
      after: [formation.resource, first.prepared, ...after],
    }),
  ];
}
