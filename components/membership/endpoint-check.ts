import { remote } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ExternalSpec } from "../config/endpoint/external";
import type { Prepared } from "../machines/machine";
import type { GrantContext } from "./grant";
import { rosterEntry } from "../machines/identity";
import { asRoot, connection } from "../machines/connection";

/** Seconds beside the watch: dialling, and ten connections for each API server, each given up after 5 s. */
const SLACK = 900;

/**
 * `<cluster>-endpoint-check`: somebody else's endpoint leads to every API server and leaves a silent watch alone, as
 * seen from the first machine.
 *
 * It runs again for another endpoint or another list of machines (the trigger), and not because more time is to be
 * spent on it. A finding fails `pulumi up`, every time until it is mended, and nothing besides: the check comes after
 * the whole cluster, as a failure keeps Pulumi from beginning anything else, and nothing waits for it. It needs no
 * grant: the member's brought all that it reads.
 */
export function endpointCheck(
  name: string,
  { spec, machines }: GrantContext,
  { address, port, apiServerPort, watchSeconds }: ExternalSpec,
  { machine, hostKey }: Prepared,
  after: pulumi.Resource[],
  parent: pulumi.Resource,
): void {
  const roster = pulumi
    .all(machines.map(rosterEntry))
    .apply(entries => entries.map(entry => `${entry.name} ${entry.address}:${apiServerPort}`).join(", "));
  new remote.Command(
    `${name}-endpoint-check`,
    {
      connection: connection(spec.ssh, machine, hostKey),
      create: asRoot(machine.login, `/opt/rackplane/bin/rackplane check-endpoint ${watchSeconds}`),
      triggers: [pulumi.interpolate`${address}:${port} to ${roster}`],
      addPreviousOutputInEnv: false,
    },
    {
      parent,
      dependsOn: after,
      ignoreChanges: ["connection", "create"],
      customTimeouts: { create: `${watchSeconds + SLACK}s` },
    },
  );
}
