import { randomBytes } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { KubeconfigRequest } from "../../cloud-init/contract/grant";
import { ADMINISTRATOR, type KubeconfigSpec } from "../config/kubeconfigs";
import { command } from "../machines/command";
import { receiveGrant } from "../machines/connection";
import type { Machine, PreparedMachine } from "../machines/machine";
import { secretAnswer } from "./answer";
import { toldOf } from "./authority-steps";
import { formedAt, issuePeriod, periodsPassed } from "./due";
import { grant, type MembershipContext } from "./grant";

/**
 * `<cluster>-kubeconfig`: the administrator's kubeconfig for the endpoint, minted on the first machine from the cluster's
 * CA. Its rights are those of a group of its own, which that machine binds to cluster-admin: the kubeconfigs of a person
 * can be refused, which `kubeadm:cluster-admins`, the group of each machine's own, would not allow, and `system:masters`
 * not at all. `after` makes that machine a member.
 */
export function kubeconfig(
  cluster: MembershipContext,
  args: {
    readonly machine: PreparedMachine;
    readonly caCertificate: pulumi.Output<string>;
    readonly after: pulumi.Input<pulumi.Resource>;
  },
): pulumi.Output<string> {
  const spec = kubeconfigSpec(cluster, ADMINISTRATOR);
  const { generation } = spec;
  const issue = issueOf(cluster, { spec, caCertificate: args.caCertificate });
  return minted(cluster, {
    name: "kubeconfig",
    machine: args.machine,
    // A group for each issue: the files of one generation last as long as their certificates.
    request: { ...requestFor(ADMINISTRATOR, spec, newGroup(ADMINISTRATOR)), generation },
    // The first issue has none, as those that were made before kubeconfigs were issued anew: they are left alone.
    due: issue.apply(issue =>
      issue === 0 && generation === 0 && spec.days === FIRST_DAYS && authoritiesTold(cluster) === ""
        ? undefined
        : `${told(spec, issue)}${authoritiesTold(cluster)}`,
    ),
    after: args.after,
  });
}

/** Days of the kubeconfigs that were minted before their life was a setting. */
const FIRST_DAYS = 365;

/** A group that no certificate has yet. */
export const newGroup = (name: string): string => `rackplane:kubeconfig:${name}:${randomBytes(6).toString("hex")}`;

/** @throws Error when the spec has no kubeconfig of that name */
export function kubeconfigSpec({ spec }: MembershipContext, name: string): KubeconfigSpec {
  const found = spec.kubeconfigs[name];
  if (found === undefined) throw new Error(`kubeconfigs: found no ${name}, expected one`);
  return found;
}

/** The number of the issue that is due, from 0. */
export const issueOf = (
  { now }: MembershipContext,
  { spec: { days }, caCertificate }: { spec: KubeconfigSpec; caCertificate: pulumi.Output<string> },
): pulumi.Output<number> =>
  caCertificate.apply(ca => periodsPassed({ since: formedAt(ca), now, period: issuePeriod(days) }));

/** What a preview shows of a kubeconfig that is issued anew: whatever its certificate says, the group apart. */
export const told = ({ days, groups, generation }: KubeconfigSpec, issue: number): string =>
  [
    `issue ${issue} of generation ${generation}, good for ${days} days`,
    ...(groups.length === 0 ? [] : [`groups ${groups.join(" ")}`]),
  ].join(", ");

/** A kubeconfig embeds whom it trusts, and is signed by one of them: each step of an exchange makes another one. */
export const authoritiesTold = ({ spec: { certificates } }: MembershipContext): string =>
  certificates.authorities === undefined ? "" : `, ${toldOf(certificates.authorities)}`;

export const requestFor = (name: string, { days, groups }: KubeconfigSpec, own: string): KubeconfigRequest => ({
  user: `rackplane:${name}`,
  groups: [own, ...groups],
  hours: 24 * days,
});

/** A command that mints a kubeconfig once, and another one for each value of `due`. */
export function minted(
  cluster: MembershipContext,
  args: {
    readonly name: string;
    readonly machine: Machine | pulumi.Output<Machine>;
    readonly request: pulumi.Input<KubeconfigRequest>;
    readonly due: pulumi.Output<string | undefined>;
    readonly after: pulumi.Input<pulumi.Resource>;
  },
): pulumi.Output<string> {
  const { name, machine, request, due, after } = args;
  return secretAnswer(
    command(cluster, {
      name,
      machine,
      line: receiveGrant("kubeconfig"),
      stdin: machine => grant(cluster, { verb: "kubeconfig", machine, kubeconfig: request }),
      secretOutputs: true,
      lifetime: "once",
      due,
      timeout: "10m",
      after: [after],
    }),
  );
}
