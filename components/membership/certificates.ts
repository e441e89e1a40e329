import * as pulumi from "@pulumi/pulumi";
import type { CertificateTerms } from "../../cloud-init/contract/grant";
import { CERTIFICATE_DAYS } from "../config/certificates";
import type { ClusterSpec } from "../config/spec";
import { DAY, formedAt, periodsPassed } from "./due";

/**
 * When a machine renews its certificates, as it is told by its grants.
 *
 * The machine goes by the real days: fewer than `renewDays` are left. An `up` asks it only when its grant has changed, so
 * the grant changes by date: `endBefore` appears when the first certificates come due, and moves on by the days between
 * two renewals. It is the end that a certificate needs to be in no need of renewal before the grant changes again, so
 * whichever `up` finds a certificate with fewer than `renewDays` left renews it, whenever its machine joined, and whatever
 * has renewed it between. The periods are counted from the formation (due.ts).
 */
export function certificateTerms(
  { certificates: { renewDays, timer } }: Pick<ClusterSpec, "certificates">,
  { now, caCertificate }: { now: number; caCertificate: string | undefined },
): CertificateTerms {
  const since = formedAt(caCertificate ?? "");
  const period = (CERTIFICATE_DAYS - renewDays) * DAY;
  const passed = periodsPassed({ since, now, period });
  return {
    renewDays,
    timer,
    ...(since === undefined || passed === 0
      ? {}
      : { endBefore: Math.round((since + passed * period + CERTIFICATE_DAYS * DAY) / 1000) }),
  };
}

/** What a preview shows of the renewal, as a comment behind the line that runs; empty before the first one is due. */
export const renewalComment = (terms: CertificateTerms): string =>
  terms.endBefore === undefined
    ? ""
    : ` # certificates that end before ${new Date(terms.endBefore * 1000).toISOString().slice(0, 10)} are renewed`;

/** The line of a member's command: that it changes is what a preview shows, since what the line reads is secret. */
export const withRenewal = (line: string, terms: pulumi.Output<CertificateTerms>): pulumi.Output<string> =>
  terms.apply(terms => `${line}${renewalComment(terms)}`);
