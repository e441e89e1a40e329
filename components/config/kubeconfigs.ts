import { z } from "zod";
import { checkedText, expecting, list, whole } from "./values/forms";
import { isLabel } from "./values/names";
import { describe } from "./values/problems";

/** A kubeconfig for the endpoint. It has a group of its own, so that it can be refused without any other. */
export interface KubeconfigArgs {
  /**
   * Days for which it is good, 1 to 3650. The `pulumi up` that finds two thirds of them over, or more, issues it anew;
   * the file before it stays good until its own end.
   * @default 365
   */
  days?: number;
  /**
   * The ClusterRole that its group is bound to. An edit changes the rights of the files that are about.
   * @default "cluster-admin"
   * @example "view"
   */
  clusterRole?: string;
  /**
   * More groups that its certificate names, for rights that you bind yourself. They last as long as the certificate:
   * Rackplane takes back what it has bound, and no more.
   * @default []
   * @example ["deployers"]
   */
  groups?: string[];
  /**
   * Another number refuses every file that was issued before and issues a new one; 0 to 1000000.
   * @default 0
   */
  generation?: number;
}

/** The complete form of {@link KubeconfigArgs}. */
export interface KubeconfigSpec {
  readonly days: number;
  readonly clusterRole: string;
  readonly groups: readonly string[];
  readonly generation: number;
}

/** The one that is always there: the stack's output `kubeconfig`, with which Rackplane itself works in the cluster. */
export const ADMINISTRATOR = "administrator";
export const CLUSTER_ADMIN = "cluster-admin";

/** kubeadm's own certificates last as long. */
const DEFAULT_DAYS = 365;
/** Ten years: kubeadm's CA ends then. */
const MOST_DAYS = 3650;
/** The name is part of those of its resources, its user and its group. */
const LONGEST_NAME = 40;

const NAME = `a kubeconfig's name: a-z, 0-9 and inner "-", at most ${LONGEST_NAME} characters`;
const CLUSTER_ROLE = 'a ClusterRole\'s name, such as "view"';
const GROUP =
  'a group\'s name, such as "deployers": letters, digits, ".", "_", ":", "@" and "-", at most 100 characters';
/** Groups that are Kubernetes', kubeadm's or this program's own. */
const OWN_GROUPS = /^(system|kubeadm|rackplane):/;

const schema = z
  .object({
    days: whole("whole days", 1, MOST_DAYS).default(DEFAULT_DAYS),
    clusterRole: checkedText(CLUSTER_ROLE, role =>
      /^[A-Za-z0-9][A-Za-z0-9:._-]{0,252}$/.test(role)
        ? undefined
        : `found ${describe(role)}, expected ${CLUSTER_ROLE}`,
    ).default(CLUSTER_ADMIN),
    groups: list("a list of groups", checkedText(GROUP, groupProblem)).default([]),
    generation: whole("a whole number", 0, 1_000_000).default(0),
  })
  .strict()
  .default({});

function groupProblem(group: string): string | undefined {
  const own = OWN_GROUPS.exec(group)?.[0];
  if (own !== undefined)
    return `found ${describe(group)}, expected a group of your own: rights of the groups "${own}..." cannot be taken back from one kubeconfig; name a clusterRole`;
  return /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$/.test(group) ? undefined : `found ${describe(group)}, expected ${GROUP}`;
}

export const kubeconfigsSchema = z
  .record(
    checkedText(NAME, name =>
      isLabel(name) && name.length <= LONGEST_NAME ? undefined : `found ${describe(name)}, expected ${NAME}`,
    ),
    schema,
    expecting("an object of name to settings, such as {ci: {days: 30}}"),
  )
  .default({});

/** The administrator's is always there. */
export const completeKubeconfigs = (
  given: Readonly<Record<string, KubeconfigSpec>>,
): Readonly<Record<string, KubeconfigSpec>> => ({ [ADMINISTRATOR]: schema.parse({}), ...given });
