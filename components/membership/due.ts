import { X509Certificate } from "node:crypto";

/** Milliseconds. */
export const DAY = 24 * 60 * 60 * 1000;

/**
 * When the cluster was formed, in milliseconds since 1970, as its CA's certificate tells; undefined of a text that is no
 * certificate, as before the formation. Everything that comes due by date is counted from here: it is in the state of a
 * cluster of whatever age, and no edit changes it.
 */
export function formedAt(caCertificate: string): number | undefined {
  try {
    return Date.parse(new X509Certificate(caCertificate).validFrom);
  } catch {
    return undefined;
  }
}

/** Whole periods that have passed; 0 where it is not known since when, or where a clock goes wrong. */
export const periodsPassed = (times: {
  /** All in milliseconds. */
  readonly since: number | undefined;
  readonly now: number;
  readonly period: number;
}): number => {
  const { since, now, period } = times;
  return since === undefined ? 0 : Math.max(0, Math.floor((now - since) / period));
};

/**
 * A kubeconfig is issued anew when two thirds of its days are over. The periods are counted from the cluster's formation
 * and not from the issue, which only the command that is to be run again could tell. One that was issued within a period
 * is younger than that at the period's end, so whichever `up` finds it in its last third finds another period, too.
 */
export const issuePeriod = (days: number): number => (days * DAY * 2) / 3;

/** kubeadm dates a CA back by this: `CertificateBackdate` in kubeadm's constants (1.34). Milliseconds. */
const BACKDATED = 5 * 60 * 1000;

/** Whether the cluster was there before that moment, an `up`'s begin. */
export const wasFormedBefore = (now: number, since: number | undefined): boolean =>
  since !== undefined && since + BACKDATED < now;

/** A cluster of this `up`, or of one before it that was cut: nothing in it can be due. */
export const isYoung = (since: number | undefined, now: number): boolean => since === undefined || now - since < DAY;
