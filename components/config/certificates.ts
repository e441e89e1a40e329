import { z } from "zod";
import { flag, whole } from "./values/forms";

/** How the certificates of the control plane's machines are renewed. The CAs' own are not. */
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
}

/** The complete form of {@link CertificatesArgs}. */
export type CertificatesSpec = Readonly<Required<CertificatesArgs>>;

/** Days for which kubeadm makes the certificates of machines (CertificateValidityPeriod, 1.31 to 1.37). */
export const CERTIFICATE_DAYS = 365;

export const certificatesSchema = z
  .object({ renewDays: whole("whole days", 1, 300).default(90), timer: flag().default(false) })
  .strict()
  .default({});
