import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { AuthorityStep, Grant } from "../../../../cloud-init/contract/grant";
import { AUTHORITY_FILES } from "../../../../cloud-init/contract/pki";
import { pkiAfter, stageHashes, type Exchange, type Pki } from "../../../../components/membership/authority-steps";
import { Authority } from "../certificates";
import { grantWith, member } from "./settled";
import type { TestMachine } from "./machine";

export const PKI = "etc/kubernetes/pki";
export const KUBELET = "var/lib/kubelet/pki/kubelet-client-current.pem";
export const EXCHANGING = "var/lib/rackplane/exchanging-authorities";
/** What kubeadm signs, as far as a member is asked for it. */
const LEAVES = [
  "apiserver.crt",
  "apiserver-etcd-client.crt",
  "apiserver-kubelet-client.crt",
  "etcd/healthcheck-client.crt",
  "etcd/peer.crt",
  "etcd/server.crt",
  "front-proxy-client.crt",
];
const CONFS = ["admin", "controller-manager", "scheduler"];

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-authorities-"));
/** Real authorities, since what they signed is verified; each stands for a cluster's three. */
export const [earlier, next] = ["earlier", "next"].map(name => {
  const authority = new Authority(path.join(folder, name));
  const { cert, key } = authority.issue("leaf", "10.70.0.3", 86_400 * 300);
  return { name, certificate: authority.certificate, leaf: cert, key };
}) as [Side, Side];
interface Side {
  readonly name: string;
  readonly certificate: string;
  readonly leaf: string;
  readonly key: string;
}
fs.rmSync(folder, { recursive: true });

const made = ({ name, certificate }: Side) =>
  Object.fromEntries(
    AUTHORITY_FILES.map(file => [file, file.endsWith(".key") ? `PRIVATE ${name} ${file}\n` : certificate]),
  ) as Exchange["next"];
export const exchangeOf = (machine: TestMachine): Exchange => ({
  earlier: { ...machine.keys, ...made(earlier) },
  next: made(next),
});

/** A member of three, all of it signed by the earlier authorities, as it is before an exchange. */
export async function before(): Promise<TestMachine> {
  const machine = await member();
  for (const [file, content] of Object.entries(exchangeOf(machine).earlier)) machine.write(`${PKI}/${file}`, content);
  for (const leaf of LEAVES) machine.write(`${PKI}/${leaf}`, earlier.leaf);
  machine.write(`${PKI}/apiserver.key`, earlier.key);
  machine.write("fake/renewed.key", next.key);
  machine.write(KUBELET, earlier.leaf);
  for (const conf of CONFS) machine.write(`etc/kubernetes/${conf}.conf`, kubeconfig(earlier.certificate));
  machine.write("etc/kubernetes/kubelet.conf", kubeconfig(earlier.certificate));
  machine.write("fake/renewed.crt", next.leaf);
  machine.write("fake/calls", "");
  tell(machine, earlier.certificate);
  return machine;
}

/** What machines that join are told of the cluster's authorities. */
export const tellJoiners = (machine: TestMachine, trusts: string): void =>
  machine.write(
    "fake/cluster-info.json",
    JSON.stringify({ kind: "ConfigMap", data: { kubeconfig: kubeconfig(trusts) } }),
  );

/** What the cluster's documents say of its authorities. */
export function tell(machine: TestMachine, trusts: string): void {
  tellJoiners(machine, trusts);
  const data = { "client-ca-file": trusts, "requestheader-client-ca-file": trusts };
  machine.write("fake/extensions.json", JSON.stringify({ kind: "ConfigMap", data }));
}

export const base64 = (text: string): string => Buffer.from(text).toString("base64");
export const kubeconfig = (trusts: string): string =>
  `    certificate-authority-data: ${base64(trusts)}\n    server: https://203.0.113.1:6443\n    client-certificate-data: ${base64(earlier.leaf)}\n`;
/** The certificates that a kubeconfig trusts, in their order. */
export const trusted = (machine: TestMachine, conf: string): string =>
  Buffer.from(
    /certificate-authority-data: (\S+)/.exec(machine.read(`etc/kubernetes/${conf}.conf`) ?? "")?.[1] ?? "",
    "base64",
  ).toString();

/** What `member` is handed at that step; undefined: by a stack file that asks for no exchange. */
export function granted(machine: TestMachine, step: AuthorityStep | undefined): Partial<Grant> {
  const exchange = exchangeOf(machine);
  const apart = { extraArgs: { "cluster-signing-cert-file": "/etc/kubernetes/pki/signing-ca.crt" } };
  return {
    ...grantWith(machine, step === "trust" || step === "sign" ? { controllerManager: apart } : {}),
    pki: step === undefined ? exchange.earlier : pkiAfter(exchange, step),
    ...(step === undefined ? {} : { authorities: { generation: 1, step, stages: stageHashes(exchange) } }),
  };
}
export const take = (machine: TestMachine, step: AuthorityStep | undefined) =>
  machine.announcing(machine.run("member", granted(machine, step)));

/** A member that has taken these steps, made once. */
export async function after(step: AuthorityStep): Promise<{ machine: TestMachine } & Taken> {
  const { machine, ...taken } = await (MADE[step] ??= makeAfter(step));
  return { machine: machine.copy(), ...taken };
}
type Taken = Awaited<ReturnType<typeof take>>;
const MADE: Partial<Record<AuthorityStep, Promise<{ machine: TestMachine } & Taken>>> = {};
async function makeAfter(step: AuthorityStep): Promise<{ machine: TestMachine } & Taken> {
  const machine = step === "trust" ? await before() : (await after(step === "sign" ? "trust" : "sign")).machine;
  return { machine, ...(await take(machine, step)) };
}

/** Every key and certificate of an authority as the files should be. */
export const filesOf = (machine: TestMachine, step: AuthorityStep): Pki => pkiAfter(exchangeOf(machine), step);
