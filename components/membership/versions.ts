/**
 * What leads from one version of Kubernetes to another: `minors` is a way over each minor between them. The machine decides
 * by what runs there (node/grant/lib/versions.sh, by the same table of cases); this is for the preview.
 */
export type VersionStep = "none" | "patch" | "minor" | "minors" | "down";

/** Versions are as `1.34.3`. */
export function versionStep(from: string, to: string): VersionStep {
  const [was, is] = [numbers(from), numbers(to)];
  const at = [0, 1, 2].find(i => was[i] !== is[i]);
  if (at === undefined) return "none";
  if ((is[at] ?? 0) < (was[at] ?? 0)) return "down";
  if (at === 2) return "patch";
  return at === 1 && is[1] === (was[1] ?? 0) + 1 ? "minor" : "minors";
}

/** Of one major; more than any kubelet may be behind, where the majors differ. */
export function minorsBetween(from: string, to: string): number {
  const [was, is] = [numbers(from), numbers(to)];
  return was[0] === is[0] ? (is[1] ?? 0) - (was[1] ?? 0) : Infinity;
}

const numbers = (version: string): number[] => version.split(".").map(Number);
