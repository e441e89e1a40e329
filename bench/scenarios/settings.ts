import { kubectl, onMachine } from "../../rack/cli/operator";
import { askEtcd } from "./etcd";
import { withStackFile } from "./stack-edit";
import { upWith, type WatchedUp } from "./watched";

/** Lines of the stack's file to put in, and words of it to put others in the place of. */
export interface SettingsEdit {
  readonly lines?: readonly string[];
  readonly replace?: readonly (readonly [RegExp, string])[];
}

/** The stack's file with the edits. Pure. */
export const edited =
  ({ lines = [], replace = [] }: SettingsEdit) =>
  (text: string): string =>
    replace
      .reduce((edited, [what, by]) => edited.replace(what, by), text)
      .replace(/^( *)(rackplane:kubernetesVersion:)/m, (_, space: string, key: string) =>
        [...lines.map(line => `${space}${line}`), `${space}${key}`].join("\n"),
      );

/** Runs `act` while the stack's file has the edits. */
export const withSettings = <T>(stack: string, edit: SettingsEdit, act: () => Promise<T>): Promise<T> =>
  withStackFile(stack, edited(edit), act);

/** One `up` with the edits, while the endpoint is read and written 20 times a second from outside. */
export const applying = (stack: string, edit: SettingsEdit): Promise<WatchedUp> => upWith(stack, edited(edit));

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
  const key = Buffer.from(`/registry/secrets/${namespace}/${name}`).toString("base64");
  const { kvs = [] } = await askEtcd<{ kvs?: { value: string }[] }>(machine, "kv/range", { key });
  return Buffer.from(kvs[0]?.value ?? "", "base64").toString("latin1");
}
