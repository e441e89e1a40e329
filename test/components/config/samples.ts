import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import * as pulumi from "@pulumi/pulumi";
import { parseCluster, type ParseOptions } from "../../../components/config/parse";
import type { Problem } from "../../../components/config/values/problems";
import type { ClusterSpec } from "../../../components/config/spec";

const TYPE = "ssh-ed25519";
const field = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);

/** A well-formed public key of nobody. */
export const PUBLIC_KEY = `${TYPE} ${Buffer.concat([field(Buffer.from(TYPE)), field(Buffer.alloc(32, 7))]).toString("base64")} me@example.com`;

/** A well-formed host key of nobody's, one for each number. */
export const hostKey = (n: number): string =>
  `${TYPE} ${Buffer.concat([field(Buffer.from(TYPE)), field(Buffer.alloc(32, n))]).toString("base64")}`;

const pair = generateKeyPairSync("ed25519");
export const PRIVATE_KEY = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
export const LOCKED_PRIVATE_KEY = pair.privateKey
  .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
  .toString();

/** OpenSSH's own form as far as the cipher's name. */
export const opensshKey = (cipher: string): string => {
  const body = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field(Buffer.from(cipher)),
    Buffer.alloc(60, 1),
  ]).toString("base64");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
};

export const METAL = {
  kind: "equinix-metal",
  project: { name: "lab" },
  plan: "c3.small.x86",
  operatingSystem: "ubuntu_24_04",
  metros: ["da"],
} as const;

/** The least that works. */
export const LEAST = { machines: METAL, ssh: { publicKey: PUBLIC_KEY } };

/** A machine that exists: `m<n>` at 10.0.0.<n>. */
export const host = (n: number, fields: object = {}): Record<string, unknown> => ({
  name: `m${n}`,
  address: `10.0.0.${n}`,
  hostKey: hostKey(n),
  ...fields,
});
export const hosts = (...numbers: number[]) => ({ kind: "ssh", hosts: numbers.map(n => host(n)) }) as const;

/** The least of each kind of endpoint, for the machines of {@link overSsh}. */
export const BGP = {
  kind: "kube-vip-bgp",
  address: "192.0.2.10",
  peers: [{ address: "10.0.0.1", as: 65001 }],
} as const;
export const ARP = { kind: "kube-vip-arp", address: "10.0.0.10" } as const;
/** VRRP version 2, by its password. */
export const KEEPALIVED = {
  kind: "keepalived",
  address: "10.0.0.10",
  virtualRouterId: 51,
  password: "k8sapi01",
} as const;
/** VRRP version 3, which has no password. */
export const BALANCERS = {
  kind: "balancers",
  address: "10.0.0.10",
  virtualRouterId: 51,
  machines: hosts(8, 9),
} as const;
export const EXTERNAL = { kind: "external", address: "api.example.com" } as const;

/** Three machines that exist, with other sections. */
export const overSsh = (sections: object = {}): object => ({ machines: hosts(11, 12, 13), endpoint: ARP, ...sections });
/** ... with other fields of an endpoint. */
export const endpoint = (of: object, fields: object = {}): object => overSsh({ endpoint: { ...of, ...fields } });
/** ... of which the first has other fields. */
export const firstHost = (fields: object): object =>
  overSsh({ machines: { kind: "ssh", hosts: [host(11, fields), host(12), host(13)] } });
/** ... with one pool of one worker. */
export const pool = (fields: object = {}): object =>
  overSsh({ workers: [{ name: "general", machines: hosts(21), ...fields }] });

export const UUID = "0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11";

const noFiles = (path: string): string => {
  throw new Error(`ENOENT: no such file or directory, open '${path}'`);
};

export const parse = (args: unknown, options: Partial<ParseOptions> = {}): ClusterSpec =>
  parseCluster(args, { name: "prod", readFile: noFiles, ...options });

/** What is wrong with a configuration, and the message a person sees. */
export function refusal(args: unknown, options: Partial<ParseOptions> = {}): { problems: Problem[]; message: string } {
  try {
    parse(args, options);
  } catch (error) {
    if (pulumi.InputPropertiesError.isInstance(error)) return { problems: error.errors, message: error.message };
    throw error;
  }
  return { problems: [], message: "" };
}

/** The least that works with other sections. */
export const given = (sections: object): object => ({ ...LEAST, ...sections });
/** ... with other fields of `machines`. */
export const machines = (fields: object): object => given({ machines: { ...METAL, ...fields } });
/** ... with more fields of `ssh`. */
export const ssh = (fields: object): object => given({ ssh: { publicKey: PUBLIC_KEY, ...fields } });

/** What is refused, the configuration, and every line a person reads. */
export type Refusal = [what: string, args: unknown, lines: string[], options?: Partial<ParseOptions>];

/** One test a refusal: its problems and the message that Pulumi prints. */
export function refuses(cases: readonly Refusal[]): void {
  test.each(cases)("%s is refused", (_what, args, lines, options) => {
    const { problems, message } = refusal(args, options);
    expect(problems.map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`)).toEqual(lines);
    const count = lines.length === 1 ? "a problem" : `${lines.length} problems`;
    expect(message).toBe([`the configuration has ${count}:`, ...lines.map(line => `  ${line}`)].join("\n"));
  });
}
