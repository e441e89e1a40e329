import { createHash } from "node:crypto";
import { sealAnswer } from "../../../cloud-init/contract/answer";
import type { FormResult, Invitation } from "../../../cloud-init/contract/grant";
import { PKI_FILES } from "../../../cloud-init/contract/pki";
import type { PreflightAnswer } from "../../../cloud-init/preflight";

/**
 * What machines would print, by the name of the resource that asks. The texts are as long as real ones, since the state
 * keeps them. Of the resource's input only the key counts that secret answers are encrypted with.
 */
export function answerTo(resource: string, stdin = ""): string {
  const [, make] = ANSWERS.find(([ending]) => resource.endsWith(ending)) ?? [];
  const answer = make?.(resource) ?? "";
  const answerKey = /"answerKey\\*":\\*"([A-Za-z0-9+/=]+)/.exec(stdin)?.[1];
  return answerKey === undefined ? answer : sealAnswer(answerKey, answer);
}

const ANSWERS: readonly (readonly [string, (resource: string) => string])[] = [
  ["-preflight", preflight],
  ["-prepared", resource => hostKey(resource)],
  ["-form", () => JSON.stringify(formed())],
  ["-invite", resource => JSON.stringify(invitation(resource))],
  ["-kubeconfig", () => kubeconfig()],
];

/** Lines of progress of what says less than most, as counted on the rack. */
const LINES: readonly (readonly [ending: string, lines: number])[] = [
  ["-preflight", 0],
  ["-invite", 5],
];
const USUAL_LINES = 10;

/** Progress, which the state keeps as well: a line when a step begins and one when it ends. */
export const progress = (resource: string): string =>
  Array.from(
    { length: LINES.find(([ending]) => resource.endsWith(ending))?.[1] ?? USUAL_LINES },
    (_, i) => `rackplane: step ${i}: done after ${i} s, as a machine tells it on its way\n`,
  ).join("");

/** Bytes that no compression would make small, the same ones in every run. */
function bytes(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash("sha256").update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

function pem(title: string, length: number): string {
  const lines =
    bytes(title, length)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${title}-----`, ...lines, `-----END ${title}-----`, ""].join("\n");
}

/** Bytes behind the base64 of kubeadm's files: RSA with 2048 bits. */
const PUBLIC_KEY = 294;
const PRIVATE_KEY = 1192;
const CERTIFICATE = 790;

/** As kubeadm makes them. */
export function pkiFile(file: string): string {
  if (file.endsWith(".key")) return pem("RSA PRIVATE KEY", PRIVATE_KEY);
  return file.endsWith(".pub") ? pem("PUBLIC KEY", PUBLIC_KEY) : pem("CERTIFICATE", CERTIFICATE);
}

const formed = (): FormResult => ({
  pki: Object.fromEntries(PKI_FILES.map(file => [file, pkiFile(file)])) as FormResult["pki"],
  // Always given, because the request is not looked at.
  encryptionKey: bytes("encryption", 32).toString("base64"),
});

const invitation = (resource: string): Invitation => ({
  token: `${bytes(resource, 3).toString("hex")}.${bytes(resource, 8).toString("hex")}`,
  caHash: `sha256:${bytes("ca", 32).toString("hex")}`,
});

function preflight(resource: string): string {
  const own = bytes(resource, 16).toString("hex");
  const answer: PreflightAnswer = {
    machine: resource.replace(/-preflight$/, ""),
    epoch: String(Math.floor(Date.now() / 1000)),
    hostname: resource,
    machineId: own,
    productUuid: own,
    findings: [],
  };
  return JSON.stringify(answer);
}

function hostKey(resource: string): string {
  const type = Buffer.from("ssh-ed25519");
  const field = (part: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, part.length]), part]);
  return `${type.toString()} ${Buffer.concat([field(type), field(bytes(resource, 32))]).toString("base64")}`;
}

function kubeconfig(): string {
  const data = (file: string) => Buffer.from(pkiFile(file)).toString("base64");
  return [
    "apiVersion: v1",
    "kind: Config",
    `clusters: [{ name: c, cluster: { server: "https://192.0.2.1:6443", certificate-authority-data: ${data("ca.crt")} } }]`,
    `users: [{ name: u, user: { client-certificate-data: ${data("u.crt")}, client-key-data: ${data("u.key")} } }]`,
    "contexts: [{ name: x, context: { cluster: c, user: u } }]",
    "current-context: x",
    "",
  ].join("\n");
}
