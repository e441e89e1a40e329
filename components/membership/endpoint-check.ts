import * as pulumi from "@pulumi/pulumi";
import type { ExternalSpec } from "../config/endpoint/external";
import { command } from "../machines/command";
import { onNode } from "../machines/connection";
import { rosterEntry } from "../machines/identity";
import type { PreparedMachine } from "../machines/machine";
import type { MembershipContext } from "./grant";

/** Seconds beside the watch: dialling, and ten connections for each API server, each given up after 5 s. */
const SLACK = 900;

/**
 * `<cluster>-endpoint-check`: an endpoint that this program does not make leads to every API server and leaves a silent
 * watch alone, as seen from the first machine.
 *
 * The check runs again for another endpoint or another list of machines (the trigger), but not for a longer watch. A
 * finding fails every `pulumi up` until it is mended, and fails nothing else: the check comes after the whole cluster,
 * because a failure keeps Pulumi from beginning anything else, and no resource waits for the check. The check needs no
 * grant, because the member's grant brought all that it reads.
 */
export function endpointCheck(
  cluster: MembershipContext,
  {
    machine,
    endpoint: { address, port, apiServerPort, watchSeconds },
    after,
  }: { machine: PreparedMachine; endpoint: ExternalSpec; after: readonly pulumi.Resource[] },
): void {
  const roster = pulumi
    .all(cluster.controlPlane.map(rosterEntry))
    .apply(entries => entries.map(entry => `${entry.name} ${entry.address}:${apiServerPort}`).join(", "));
  command(cluster, {
    name: "endpoint-check",
    machine,
    line: machine => onNode(machine, `check-endpoint ${watchSeconds}`),
    showsStdout: true,
    lifetime: "once",
    trigger: pulumi.interpolate`${address}:${port} to ${roster}`,
    timeout: `${watchSeconds + SLACK}s`,
    after,
  });
}
