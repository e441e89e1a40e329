import { readSecret, type SecretName } from "../setup/secrets";
import type { FilePath, StackFile } from "./stack-file";

/** A secret that a stack needs: where in its configuration it goes. No stack file holds one, not even the rack's. */
export interface StackSecret {
  /** As `pulumi config set --path` takes it. */
  readonly path: string;
  readonly secret: SecretName;
}

/** BGP sessions with MD5, of stacks that are to show it. */
const MD5: Readonly<Record<string, readonly string[]>> = {
  "rack-md5": ["rackplane:machines.project.bgp.md5Password"],
  "rack-metal-api": ["rackplane:machines.project.bgp.md5Password"],
  "rack-cloud": ["rackplane:machines.project.bgp.md5Password"],
  "rack-services-metal": ["rackplane:machines.project.bgp.md5Password"],
  "rack-bgp": ["rackplane:endpoint.peers[0].md5Password", "rackplane:endpoint.peers[1].md5Password"],
  "rack-bird": ["rackplane:endpoint.peers[0].md5Password", "rackplane:endpoint.peers[1].md5Password"],
  "rack-services-bgp": ["rackplane:endpoint.peers[0].md5Password", "rackplane:endpoint.peers[1].md5Password"],
};

export const stackSecrets = (stack: string, { endpoint, cloudProvider, s3 }: StackFile): StackSecret[] => [
  ...(MD5[stack] ?? []).map((path): StackSecret => ({ path, secret: "md5-password" })),
  ...(endpoint.vrrpPassword ? [{ path: "rackplane:endpoint.password", secret: "vrrp-password" } as const] : []),
  ...s3.map((at): StackSecret => ({ path: `${configPath(at)}.secretKey`, secret: "s3-key" })),
  ...(cloudProvider ? [{ path: "rackplane:cloudProvider.apiToken", secret: "metal-token" } as const] : []),
];

/** As `pulumi config set --path` takes it. */
const configPath = (at: FilePath): string =>
  at.reduce<string>(
    (path, step) => (typeof step === "number" ? `${path}[${step}]` : path === "" ? step : `${path}.${step}`),
    "",
  );

/** What the stack's machines and the switches share, if they do. */
export const md5Of = (stack: string): string | undefined =>
  MD5[stack] === undefined ? undefined : readSecret("md5-password");
