import { whole } from "./forms";
import { problem, type Path, type Problem } from "./problems";

/** Where clients of Kubernetes' API look for it (kubeadm's `bindPort`). */
export const API_PORT = 6443;
/** sshd's (IANA). */
export const SSH_PORT = 22;

/** A TCP port with a default. */
export const tcpPort = (byDefault: number) => whole("a TCP port", 1, 65535).default(byDefault);

/** What else listens on a control-plane machine (kubernetes.io, "Ports and Protocols"). */
const TAKEN_PORTS: Readonly<Record<number, string>> = {
  [SSH_PORT]: "sshd",
  2112: "kube-vip",
  2379: "etcd",
  2380: "etcd",
  2381: "etcd",
  10248: "the kubelet",
  10249: "kube-proxy",
  10250: "the kubelet",
  10256: "kube-proxy",
  10257: "kube-controller-manager",
  10259: "kube-scheduler",
};
/** kube-apiserver's default `--service-node-port-range`. */
const NODE_PORTS = { first: 30000, last: 32767 };

/** The reason against a port on a control-plane machine. */
export function portProblems(port: number | undefined, path: Path): Problem[] {
  if (port === undefined) return [];
  const owner = port >= NODE_PORTS.first && port <= NODE_PORTS.last ? "NodePort services" : TAKEN_PORTS[port];
  return owner === undefined
    ? []
    : [
        problem(
          path,
          `found ${port}, the port of ${owner} on the same machines; expected a free port, such as ${API_PORT}`,
        ),
      ];
}
