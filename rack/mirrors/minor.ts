/** The minor of a version, as pkgs.k8s.io names its repositories: 1.34 of 1.34.3. */
export const minorOf = (kubernetesVersion: string): string => kubernetesVersion.split(".").slice(0, 2).join(".");
