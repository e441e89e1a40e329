import verbs from "../node/verbs.json";
import type { Role } from "./identity";

/**
 * `mint` runs on a control-plane machine and results in an `Invitation`; `worker` uses it on the new worker. `renew` and
 * `defragment` are what a machine's own timers ask for. `encrypt` has the API server write Secrets with the key that all API servers read.
 * `make-authorities` results in `MadeAuthorities`, `check-authorities` asks every machine before a step of their exchange,
 * and `publish-authorities` tells the cluster of it. `retire` runs on a member that stays, after all that joins has joined:
 * machines that the configuration no longer has leave the cluster. `balancer` makes VIP and balancer follow the roster. `form` results in `FormResult`;
 * `restore` makes a lost cluster again from a backup.
 */
export type Verb = keyof typeof verbs.granted;

/** What both sides know of a verb that comes with a grant; the machine reads the same table (receive/shape.sh). */
export interface VerbRow {
  /** Roles of the machines that the verb runs on. */
  readonly roles: readonly Role[];
  /** Parts of the grant; without one of them the grant is refused. */
  readonly needs: readonly (
    | "documents"
    | "join document"
    | "invitation"
    | "answer key"
    | "kubeconfig"
    | "nodes"
    | "authorities"
    | "staying"
    | "backup"
  )[];
  /** The verb sets a machine up to hold the VIP, so its grant carries the secrets for that. */
  readonly holdsVip: boolean;
  /** The machine keeps what the grant says of it and installs the newest program. Verbs without it only ask. */
  readonly writesFacts: boolean;
}

export const VERBS = verbs.granted as Readonly<Record<Verb, VerbRow>>;
