import type { AuthorityStep } from "../../cloud-init/contract/grant";
import { onMachine } from "../../rack/cli/operator";
import { kubectlWith } from "./clients";
import type { SettingsEdit } from "./settings";

/** The edit of the stack file for a step of the first exchange. */
export const step = (name: AuthorityStep): SettingsEdit => ({
  lines: [`rackplane:certificates: { authorities: { generation: 1, step: ${name} } }`],
});

const PKI = "/etc/kubernetes/pki";

/** How many certificates each CA file of a member holds. */
export const authoritiesOn = async (machine: string): Promise<number[]> =>
  (await onMachine(machine, [`cd ${PKI} && for ca in ca front-proxy-ca etcd/ca; do grep -c BEGIN $ca.crt; done`]))
    .split("\n")
    .map(Number);

/** SHA-256 of the first CA of a machine, which signs. */
export const signerOn = (machine: string): Promise<string> =>
  onMachine(machine, [`openssl x509 -noout -fingerprint -sha256 -in ${PKI}/ca.crt`]);

/**
 * Whether what a member shows at its ports, and its kubelet's own certificate, are of the first CAs that it has; the words
 * of openssl for each.
 */
export const signedBySigner = (machine: string, address: string): Promise<string> =>
  onMachine(machine, [
    [
      `for ca in ca etcd/ca; do openssl x509 -in ${PKI}/$ca.crt >/tmp/first-$(basename $(dirname $ca)).crt; done`,
      `for at in ".:6443" "etcd:2379" "etcd:2380"; do openssl s_client -connect ${address}:\${at#*:} </dev/null 2>/dev/null | openssl x509 | openssl verify -CAfile /tmp/first-\${at%:*}.crt 2>&1; done`,
      "openssl verify -CAfile /tmp/first-..crt /var/lib/kubelet/pki/kubelet-client-current.pem 2>&1",
    ].join("; "),
  ]);

/** Whether a worker's kubelet has a certificate of the one CA that it trusts. */
export const workerSigned = (machine: string): Promise<string> =>
  onMachine(machine, [
    `grep -c BEGIN ${PKI}/ca.crt; openssl verify -CAfile ${PKI}/ca.crt /var/lib/kubelet/pki/kubelet-client-current.pem 2>&1`,
  ]);

/** The same kubeconfig for a client that trusts other authorities. */
export const trusting = (kubeconfig: string, authorities: string): string =>
  kubeconfig.replace(
    /certificate-authority-data: \S+/,
    `certificate-authority-data: ${Buffer.from(authorities).toString("base64")}`,
  );

/** The Nodes that a client with that kubeconfig sees, or what it is told instead. */
export const seenBy = async (kubeconfig: string): Promise<string> =>
  (await kubectlWith(kubeconfig, ["get", "nodes", "-o", "name"])).all;
