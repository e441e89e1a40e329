import { kubectl, onMachine } from "../../rack/cli/operator";
import type { Outcome } from "../probe/outcome";
import type { WriteOutcome } from "../probe/write-outcome";
import { probingThroughout } from "../probe/probing";
import { writingThroughout } from "../probe/writing";
import { rackplane } from "../rack";
import { withStackFile } from "./stack-edit";

/** An `up` of a stack with further settings, and what a reader and a writer at the VIP saw of it. */
export interface Applied {
  readonly up: Awaited<ReturnType<typeof rackplane>>;
  readonly read: Outcome;
  readonly written: WriteOutcome;
}

/** Lines of the stack's file to put in, and words of it to put others in the place of. */
export interface SettingsEdit {
  readonly lines?: readonly string[];
  readonly replace?: readonly (readonly [RegExp, string])[];
}

/** Runs `act` while the stack's file has the edits. */
export const withSettings = <T>(
  stack: string,
  { lines = [], replace = [] }: SettingsEdit,
  act: () => Promise<T>,
): Promise<T> =>
  withStackFile(
    stack,
    text =>
      replace
        .reduce((edited, [what, by]) => edited.replace(what, by), text)
        .replace(/^( *)(rackplane:kubernetesVersion:)/m, (_, space: string, key: string) =>
          [...lines.map(line => `${space}${line}`), `${space}${key}`].join("\n"),
        ),
    act,
  );

/** One `up` with the edits, while the endpoint is read and written 20 times a second from outside. */
export async function applying(stack: string, edit: SettingsEdit): Promise<Applied> {
  let up: Applied["up"] | undefined;
  let written: WriteOutcome | undefined;
  const read = await probingThroughout(async () => {
    written = await writingThroughout(async () => {
      up = await withSettings(stack, edit, () => rackplane("up", "--stack", stack));
    });
  });
  if (up === undefined || written === undefined) throw new Error("up did not end");
  return { up, read, written };
}

/** The arguments with which a program runs on a machine, as its process has them. */
export const argumentsOn = async (machine: string, program: string): Promise<string[]> =>
  (await onMachine(machine, [`tr '\\0' '\\n' </proc/$(pidof ${program})/cmdline`])).trim().split("\n");

/** What a Node's kubelet says that it runs with. */
export const kubeletOf = async (node: string): Promise<Record<string, unknown>> =>
  (
    JSON.parse(await kubectl(["get", "--raw", `/api/v1/nodes/${node}/proxy/configz`])) as {
      kubeletconfig: Record<string, unknown>;
    }
  ).kubeletconfig;

/** What kube-proxy on a machine says that it runs with, as JSON. */
export const kubeProxyOn = (machine: string): Promise<string> =>
  onMachine(machine, ["curl", "-sS", "http://127.0.0.1:10249/configz"]);

/** Names in the certificate that a machine's API server shows. */
export const namesShown = (machine: string, address: string): Promise<string> =>
  onMachine(machine, [
    `openssl s_client -connect ${address}:6443 </dev/null 2>/dev/null | openssl x509 -noout -ext subjectAltName`,
  ]);

/** A Secret as it lies in etcd. */
export async function secretInEtcd(machine: string, namespace: string, name: string): Promise<string> {
  const pki = "/etc/kubernetes/pki/etcd";
  const key = Buffer.from(`/registry/secrets/${namespace}/${name}`).toString("base64");
  const answer = await onMachine(machine, [
    `curl -sf --cacert ${pki}/ca.crt --cert ${pki}/healthcheck-client.crt --key ${pki}/healthcheck-client.key`,
    `-d '${JSON.stringify({ key })}' https://127.0.0.1:2379/v3/kv/range`,
  ]);
  const { kvs = [] } = JSON.parse(answer) as { kvs?: { value: string }[] };
  return Buffer.from(kvs[0]?.value ?? "", "base64").toString("latin1");
}
