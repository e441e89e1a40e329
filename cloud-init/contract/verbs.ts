import verbs from "../node/verbs.json";
import type { Role } from "./identity";

/**
 * `mint` runs on a control-plane machine and results in an `Invitation`; `worker` uses it on the new
 * worker; `balancer` makes VIP and balancer follow the roster. `form` results in `FormResult`.
 */
export type Verb = keyof typeof verbs.granted;

/** What is to be known of a verb that comes with a grant; the machine reads the same table (receive/shape.sh). */
export interface VerbRow {
  /** Whose machines it runs on. */
  readonly roles: readonly Role[];
  /** Parts of the grant without which it is refused. */
  readonly needs: readonly ("documents" | "join document" | "invitation")[];
  /** It sets a machine up to hold the VIP, and is told the secrets of that. */
  readonly holdsVip: boolean;
  /** The machine keeps what the grant says of it, and takes up the newest program. The others only ask. */
  readonly writesFacts: boolean;
}

export const VERBS = verbs.granted as Readonly<Record<Verb, VerbRow>>;
