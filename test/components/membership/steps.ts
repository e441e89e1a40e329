/**
 * Which step leads from one version of Kubernetes to another: what the machine decides (lib/versions.sh) and what the
 * preview foresees (components/membership/versions.ts).
 */
export const STEPS: readonly (readonly [from: string, to: string, step: string])[] = [
  ["1.34.3", "1.34.3", "none"],
  ["1.34.3", "1.34.4", "patch"],
  ["1.34.9", "1.34.10", "patch"],
  ["1.34.4", "1.34.3", "down"],
  ["1.33.13", "1.34.0", "minor"],
  ["1.34.0", "1.33.13", "down"],
  ["1.33.1", "1.35.0", "minors"],
  ["1.37.2", "2.0.0", "minors"],
  ["2.0.0", "1.37.2", "down"],
];
