import { createHash, createPublicKey } from "node:crypto";
import type { AuthorityStep, MadeAuthorities } from "../../cloud-init/contract/grant";
import { AUTHORITY_FILES, PKI_FILES, type AuthorityFile, type PkiFile } from "../../cloud-init/contract/pki";
import { AUTHORITY_STEPS } from "../config/certificates";

/** Where a cluster is, or is to be: which authorities, and how far they have come. */
export interface Place {
  readonly generation: number;
  readonly step: AuthorityStep;
}

/** The authorities that a cluster was formed with, which nothing precedes. */
export const FORMED: Place = { generation: 0, step: "forget" };

/** The files that make a cluster. */
export type Pki = Readonly<Record<PkiFile, string>>;

/**
 * Steps since the formation, three for each generation. Each place leads to the next one; `trust` also back to the one
 * before, because nothing is signed by the new authorities yet.
 */
const stepsTo = ({ generation, step }: Place): number => 3 * generation + AUTHORITY_STEPS.indexOf(step) - 2;

const placeAt = (steps: number): Place => ({
  generation: Math.ceil(steps / 3),
  step: AUTHORITY_STEPS[(steps + 2) % 3] ?? "forget",
});

/** Why no machine follows an edit from one place to another; undefined where it does. The machines decide by what they have. */
export function authorityRefusal(was: Place, is: Place): string | undefined {
  const [from, to] = [stepsTo(was), stepsTo(is)];
  if (to === from || to === from + 1 || (was.step === "trust" && to === from - 1)) return undefined;
  const next = placeAt(from + 1);
  if (to > from) return `certificates.authorities: found ${words(is)}, expected ${words(next)} first`;
  return `certificates.authorities: found ${words(is)}, expected ${words(was)} or ${words(next)}; nothing leads back`;
}

/** As in the stack file. */
export const words = ({ generation, step }: Place): string =>
  generation === 0 ? "none" : `generation ${generation}, step ${step}`;

/** What a preview shows of a step, behind what it makes anew. */
export const toldOf = (place: Place): string => `certificate authorities: ${words(place)}`;

/** What an exchange begins with and what it ends with. */
export interface Exchange {
  readonly earlier: Pki;
  readonly next: MadeAuthorities;
}

/** What a file holds before the exchange, and after each of its steps. The signer's certificate is the first of two. */
export function stagesOf(file: PkiFile, { earlier, next }: Exchange): readonly [string, string, string, string] {
  const old = earlier[file];
  if (!isAuthority(file)) return [old, old, old, old];
  const made = next[file];
  return file.endsWith(".key") ? [old, old, made, made] : [old, joined(old, made), joined(made, old), made];
}

const isAuthority = (file: PkiFile): file is AuthorityFile => (AUTHORITY_FILES as readonly string[]).includes(file);

const joined = (first: string, second: string): string => `${first.trimEnd()}\n${second}`;

/** The cluster's files after a step. */
export const pkiAfter = (exchange: Exchange, step: AuthorityStep): Pki =>
  each(file => stagesOf(file, exchange)[AUTHORITY_STEPS.indexOf(step) + 1] ?? "");

/** SHA-256 of what each file may hold, by stage. */
export const stageHashes = (exchange: Exchange): Readonly<Record<PkiFile, readonly string[]>> =>
  each(file => stagesOf(file, exchange).map(text => createHash("sha256").update(text).digest("hex")));

const each = <T>(of: (file: PkiFile) => T): Readonly<Record<PkiFile, T>> =>
  Object.fromEntries(PKI_FILES.map(file => [file, of(file)])) as Record<PkiFile, T>;

/** What a worker trusts after a step: once members show certificates of the new authority, no other. */
export const workerTrusts = ({ earlier, next }: Exchange, step: AuthorityStep): string =>
  step === "trust" ? joined(earlier["ca.crt"], next["ca.crt"]) : next["ca.crt"];

/** `sha256:<hex>` of a certificate's public key, as kubeadm's `caCertHashes` has it; none of a text that is no certificate. */
export function pinOf(certificate: string): string | undefined {
  try {
    const key = createPublicKey(certificate).export({ type: "spki", format: "der" });
    return `sha256:${createHash("sha256").update(key).digest("hex")}`;
  } catch {
    return undefined;
  }
}
