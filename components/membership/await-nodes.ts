import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { command } from "../machines/command";
import { onNode } from "../machines/connection";
import type { Machine, PreparedMachine } from "../machines/machine";
import type { MembershipContext } from "./grant";

/** Seconds beside the wait: dialling, and the last answer. */
const SLACK = 600;

/**
 * `<cluster>-nodes`: the last thing that an `up` waits for, that every Node is Ready.
 *
 * A Node becomes Ready by the pod network, an add-on, which comes after the machines: a machine that waited for it
 * itself would wait for what waits for it. The command runs again when a machine is another one (the trigger), and at no
 * edit. It fails nothing else, because no resource waits for it. A machine that is silent is named and not waited for.
 */
export function awaitNodes(
  cluster: MembershipContext,
  args: {
    /** A member. */
    readonly machine: PreparedMachine | pulumi.Output<PreparedMachine>;
    /** Every machine with a Node. */
    readonly machines: readonly Machine[];
    readonly after: readonly pulumi.Resource[];
  },
): void {
  const { machine, machines, after } = args;
  command(cluster, {
    name: "nodes",
    machine,
    line: machine => onNode(machine, "await-nodes"),
    lifetime: "once",
    trigger: pulumi.all(machines.map(({ identity }) => identity)).apply(hashOf),
    timeout: `${cluster.spec.deadlines.member + SLACK}s`,
    after,
  });
}

/** The identities themselves would take kilobytes of the state. */
const hashOf = (identities: readonly string[]): string =>
  createHash("sha256").update(JSON.stringify(identities)).digest("hex");
