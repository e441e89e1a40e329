import { onMachine } from "../../rack/cli/operator";

/** The ports at which a machine shows a certificate: the API server, etcd to clients, etcd to its peers. */
const SHOWN = ["6443", "2379", "2380"];

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
      // It elects with what it has read at its start. Where it announces over BGP it asks nobody.
      'if [ "$(jq -r .announcer.kind /etc/rackplane/node.json)" = kube-vip-arp ]; then kill $(pidof kube-vip); fi',
    ].join(" && "),
  ]);

/** Seconds that are left to what the machine's API server and etcd show, the least of the three. */
export async function secondsShown(machine: string, address: string): Promise<number> {
  const ends = await onMachine(machine, [
    SHOWN.map(
      port =>
        `date -d "$(openssl s_client -connect ${address}:${port} </dev/null 2>/dev/null | openssl x509 -noout -enddate | cut -d= -f2)" +%s`,
    ).join("; "),
  ]);
  return Math.min(...ends.split("\n").map(Number)) - Date.now() / 1000;
}

/** Ends a process on a machine; kubelet starts it again. */
export const endProcess = (machine: string, name: string): Promise<string> =>
  onMachine(machine, [`kill $(pidof ${name})`]);
