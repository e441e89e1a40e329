import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../cluster-context";

/** What all of many resources wait for. */
export interface GateArgs {
  /** The resource's name behind the cluster's: `preflights`. */
  readonly name: string;
  /** What has to be done before it. */
  readonly behind: readonly pulumi.Resource[];
  /** What has passed it, for a person who looks at the state, and as the gate's `stdin`; the gate fails when this does. */
  readonly passed: pulumi.Input<string>;
}

/**
 * A resource that runs nothing and stands between many and many: without it each machine would depend on each other
 * one, and the state of a hundred machines would name ten thousand dependencies.
 */
export const gate = (cluster: ClusterContext, { name, behind, passed }: GateArgs): local.Command =>
  new local.Command(
    `${cluster.name}-${name}`,
    // A command without a line runs nothing (pulumi-command 1.2.1, commandController.go).
    { stdin: passed },
    { parent: cluster.parent, dependsOn: [...behind] },
  );
