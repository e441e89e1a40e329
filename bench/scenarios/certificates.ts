import { onMachine } from "../../rack/cli/operator";

/** Where a machine shows a certificate, and the file that it is to be. */
const SHOWN = [
  ["6443", "apiserver.crt"],
  ["2379", "etcd/server.crt"],
  ["2380", "etcd/peer.crt"],
] as const;

/**
 * Certificates that last so long, made by the machine's own kubeadm, and everything that reads its own at the start
 * started anew with them.
 */
export const shortLived = (machine: string, seconds: number): Promise<string> =>
  onMachine(machine, [
    [
      `jq -r '.init[] | if .kind == "ClusterConfiguration" then . + {certificateValidityPeriod: "${seconds}s"} else . end | "---", tojson' /var/lib/rackplane/kubeadm.json >/root/short.yaml`,
      "kubeadm certs renew all --config /root/short.yaml",
      "kill $(pidof kube-controller-manager kube-scheduler)",
    ].join(" && "),
  ]);

/** Seconds that are left to what the machine's API server and etcd show, the least of the three. */
export async function secondsShown(machine: string, address: string): Promise<number> {
  const ends = await onMachine(machine, [
    SHOWN.map(
      ([port]) =>
        `date -d "$(openssl s_client -connect ${address}:${port} </dev/null 2>/dev/null | openssl x509 -noout -enddate | cut -d= -f2)" +%s`,
    ).join("; "),
  ]);
  return Math.min(...ends.split("\n").map(Number)) - Date.now() / 1000;
}

/** Ends a process on a machine; kubelet starts it again. */
export const endProcess = (machine: string, name: string): Promise<string> =>
  onMachine(machine, [`kill $(pidof ${name})`]);
