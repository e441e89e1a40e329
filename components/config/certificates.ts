import { z } from "zod";
import type { AuthorityStep } from "../../cloud-init/contract/grant";
import { flag, oneOf, whole } from "./values/forms";

/** How the certificates of the control plane's machines are renewed, and its certificate authorities exchanged. */
export interface CertificatesArgs {
  /**
   * Days that are left to a certificate when `pulumi up` renews it, with all others on its machine; 1 to 300. kubeadm
   * makes them for 365 days.
   * @default 90
   */
  renewDays?: number;
  /**
   * Each machine looks by itself, once a day, and renews its certificates when fewer than `renewDays` are left: for
   * clusters at which nobody runs `pulumi up` for a year.
   * @default false
   */
  timer?: boolean;
  /**
   * The certificate authorities: the cluster's own, etcd's and the front proxy's. New ones are made under the next number,
   * and come in three steps, each an edit and a `pulumi up`; each `up` says which is next (docs/authorities.md).
   * @default those that the cluster was formed with
   * @example { generation: 1, step: "trust" }
   */
  authorities?: AuthoritiesArgs;
}

/** Which certificate authorities a cluster has. */
export interface AuthoritiesArgs {
  /** Their number, 1 to 1000000: one more for new ones. */
  generation: number;
  /**
   * How far they have come: `trust` beside the earlier ones, which go on signing; `sign`, with the earlier ones still
   * trusted; `forget` those, after which the line stays. There is no default: nothing leads back from `forget`.
   */
  step: AuthorityStep;
}

/** The complete form of {@link AuthoritiesArgs}. */
export type AuthoritiesSpec = Readonly<Required<AuthoritiesArgs>>;

/** The complete form of {@link CertificatesArgs}. */
export type CertificatesSpec = Readonly<Required<Omit<CertificatesArgs, "authorities">>> & {
  readonly authorities?: AuthoritiesSpec | undefined;
};

/** In their order. */
export const AUTHORITY_STEPS = ["trust", "sign", "forget"] as const satisfies readonly AuthorityStep[];

/** Days for which kubeadm makes the certificates of machines (CertificateValidityPeriod, 1.31 to 1.37). */
export const CERTIFICATE_DAYS = 365;

export const certificatesSchema = z
  .object({
    renewDays: whole("whole days", 1, 300).default(90),
    timer: flag().default(false),
    authorities: z
      .object({
        generation: whole("the number of the certificate authorities", 1, 1_000_000),
        step: oneOf(AUTHORITY_STEPS),
      })
      .strict()
      .optional(),
  })
  .strict()
  .default({});
