import * as pulumi from "@pulumi/pulumi";
import { sealAnswer } from "../../../cloud-init/contract/answer";
import type { Grant, Invitation, MadeAuthorities } from "../../../cloud-init/contract/grant";
import { AUTHORITY_FILES, PKI_FILES } from "../../../cloud-init/contract/pki";
import { Cluster } from "../../../components";
import type { ClusterArgs } from "../../../components/config/args";
import type { EquinixMetalArgs } from "../../../components/config/machines/equinix-metal";
import { METAL, PRIVATE_KEY, PUBLIC_KEY } from "../config/samples";
import { record, type Answer, type Recording } from "./recorder";

const pem = (kind: string, of: string): string =>
  `-----BEGIN ${kind}-----\n${Buffer.from(of.repeat(9)).toString("base64")}\n-----END ${kind}-----\n`;

/** The cluster's keys as `rackplane form` answers them. */
export const PKI: NonNullable<Grant["pki"]> = Object.fromEntries(
  PKI_FILES.map(file => [file, pem(file.endsWith(".key") ? "RSA PRIVATE KEY" : "CERTIFICATE", file)]),
) as NonNullable<Grant["pki"]>;

/** New certificate authorities as `rackplane make-authorities` answers them. */
export const madeAuthorities = (generation: number): MadeAuthorities =>
  Object.fromEntries(
    AUTHORITY_FILES.map(file => [
      file,
      pem(file.endsWith(".key") ? "RSA PRIVATE KEY" : "CERTIFICATE", `${generation} ${file}`),
    ]),
  ) as MadeAuthorities;

export const KUBECONFIG = "apiVersion: v1\nkind: Config\nusers: [{ name: admin, user: { client-key-data: S0VZ } }]\n";
export const MD5_PASSWORD = "Sessions0f65000";
export const ENCRYPTION_KEY = Buffer.alloc(32, 5).toString("base64");
export const INVITATION: Invitation = { token: "abcdef.0123456789abcdef", caHash: `sha256:${"c".repeat(64)}` };
export const VIP = "203.0.113.1";
export const BLOCK = "203.0.113.8/30";

export const address = (i: number): string => `10.70.0.${2 * i + 1}`;
export const hostKey = (i: number): string => `ssh-ed25519 HOSTKEY${i}`;
export const deviceId = (i: number): string => `device-${i}`;

/** What Equinix Metal, the machines and Kubernetes answer. */
export const answers: Answer = ({ type, name, inputs }) => {
  const i = Number(/-cp-(\d)/.exec(name)?.[1]);
  const { answerKey } = JSON.parse(
    typeof inputs.stdin === "string" && inputs.stdin.startsWith("{") ? inputs.stdin : "{}",
  ) as Partial<Grant>;
  const stdout = (text: string) => ({
    id: name,
    outputs: { stdout: answerKey === undefined ? text : sealAnswer(answerKey, text), stderr: "" },
  });
  if (type.endsWith(":ReservedIpBlock")) return { id: "block", outputs: { address: VIP, cidrNotation: BLOCK } };
  if (type.endsWith(":Device")) {
    return {
      id: deviceId(i),
      outputs: { accessPrivateIpv4: address(i), accessPublicIpv4: `198.51.100.${2 * i + 1}`, rootPassword: "s3cr3t" },
    };
  }
  if (name.endsWith("-preflight")) {
    return stdout(
      JSON.stringify({ machine: name, epoch: "1", hostname: name, machineId: name, productUuid: "", findings: [] }),
    );
  }
  if (name.endsWith("-prepared")) return stdout(`${hostKey(i)}\n`);
  if (name.endsWith("-form")) return stdout(JSON.stringify({ pki: PKI, encryptionKey: ENCRYPTION_KEY }));
  const generation = /-authorities-(\d+)$/.exec(name)?.[1];
  if (generation !== undefined) return stdout(JSON.stringify(madeAuthorities(Number(generation))));
  if (name.endsWith("-member")) return stdout(JSON.stringify({ name, etcdMemberId: "1", members: 1 }));
  if (/-kubeconfig(-[a-z]+)?$/.test(name)) return stdout(KUBECONFIG);
  if (name.endsWith("-nodes")) return stdout("");
  if (name.endsWith("-endpoint-check"))
    return stdout("api.example.com:6443 leads to all 3 API servers and left a silent watch alone for 65 s");
  if (name.endsWith("-invite")) return stdout(JSON.stringify(INVITATION));
  return { id: `id-of-${name}`, outputs: {} };
};

/** Arguments of a cluster; those of `machines` are laid over three machines' in one metro. */
export type LabArgs = Partial<Omit<ClusterArgs, "machines">> & { machines?: Partial<EquinixMetalArgs> };

export const labArgs = ({ machines, ...args }: LabArgs = {}): ClusterArgs => ({
  ssh: { publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY },
  ...args,
  machines: { ...METAL, metros: [...METAL.metros], ...machines },
});

const recorded = new Map<string, Promise<Recording<Cluster>>>();

/** A cluster called `lab`, as the engine was asked for it. One without options is recorded once: tests only read it. */
export function lab(
  args: LabArgs = {},
  opts?: pulumi.ComponentResourceOptions,
  preview = false,
): Promise<Recording<Cluster>> {
  const run = () => record(() => new Cluster("lab", labArgs(args), opts), { answer: answers, preview });
  if (opts !== undefined) return run();
  const key = JSON.stringify([args, preview]);
  const recording = recorded.get(key) ?? run();
  recorded.set(key, recording);
  return recording;
}

/** ... and as a preview of it asks, before anything is there. */
export const previewed = (args: LabArgs = {}): Promise<Recording<Cluster>> => lab(args, undefined, true);

/**
 * The same of a cluster that was formed before the configuration named any certificate authorities: the state keeps what
 * the formation was asked.
 */
export const asFormedBefore: Answer = resource => {
  const answer = answers(resource);
  if (!resource.name.endsWith("-form")) return answer;
  const { authorities: _, ...asked } = JSON.parse(String(resource.inputs.stdin)) as Grant;
  return { ...answer, outputs: { ...answer.outputs, stdin: JSON.stringify(asked) } };
};

/** A cluster called `lab` with these very arguments, and a private key to reach machines. */
export const cluster = (
  args: object,
  preview = false,
  reachable?: (host: string) => boolean,
  answer: Answer = answers,
): Promise<Recording<Cluster>> =>
  record(
    () => new Cluster("lab", { ssh: { publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY }, ...args } as ClusterArgs),
    { answer, preview, reachable },
  );

/** 0 to count - 1. */
export const indices = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
