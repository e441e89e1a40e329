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
 * `<cluster>-endpoint-check`: an endpoint that is not this program's leads to every API server and leaves a silent
 * watch alone, as seen from the first machine.
 *
 * It runs again for another endpoint or another list of machines (the trigger), and not because more time is to be
 * spent on it. A finding fails `pulumi up`, every time until it is mended, and nothing besides: the check comes after
 * the whole cluster, as a failure keeps Pulumi from beginning anything else, and nothing waits for it. It needs no
 * grant: the member's brought all that it reads.
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
