import type { Examination, Finding } from "../finding";
import type { Report, SeenNode } from "../report";

/** The taint that a cloud controller takes away when it has found the machine (kubelet's `--cloud-provider=external`). */
const START_UP = "node.cloudprovider.kubernetes.io/uninitialized";
/** kubelet's words where containerd has no CNI configuration. */
const NO_NETWORK_YET = /network not ready/;
const NO_NETWORK = "node.kubernetes.io/network-unavailable";

/** Every machine has its Node, which is Ready and takes pods. */
export const nodes: Examination = {
  name: "nodes",
  examine: ({ machines, network }) => {
    const list = machines.find(({ seen }) => seen?.nodes)?.seen?.nodes;
    if (!list) return [];
    return machines
      .filter(({ role }) => role !== "balancer")
      .flatMap(({ name }) => {
        const node = list.find(each => each.name === name);
        return node === undefined
          ? [
              {
                machines: [name],
                found: "the cluster has no Node of it",
                expected: "one",
                todo: "run 'systemctl restart kubelet' on it, which registers it; 'journalctl -u kubelet' says why it does not",
              },
            ]
          : faultsOf(node, network);
      });
  },
};

function faultsOf(
  { name, ready, why, unschedulable, taints, pressures }: SeenNode,
  network: Report["network"],
): Finding[] {
  const unconnected = !ready && network === "none" && NO_NETWORK_YET.test(why);
  const finding = (found: string, expected: string, todo: string): Finding => ({
    machines: [name],
    found,
    expected,
    todo,
  });
  return [
    ...(taints.includes(START_UP)
      ? [
          finding(
            `its Node has the start-up taint ${START_UP}`,
            "a cloud controller to take it away",
            `look at the cloud controller: 'kubectl -n kube-system get pods' and its log; without one, 'kubectl taint node ${name} ${START_UP}-'`,
          ),
        ]
      : []),
    ...(unconnected
      ? [
          finding(
            "its Node is not Ready, as the cluster has no pod network (network.kind is none)",
            "one that you bring",
            "install one, for instance with 'kubectl apply'; CoreDNS and other pods wait for it, too",
          ),
        ]
      : []),
    ...(ready || unconnected
      ? []
      : [
          finding(
            `its Node is not Ready: ${why}`,
            "Ready",
            NO_NETWORK_YET.test(why)
              ? "see the pod network's own pods: 'kubectl get pods -A -o wide', and 'kubectl describe' of one that does not run"
              : `see 'journalctl -u kubelet' on it and 'kubectl describe node ${name}'`,
          ),
        ]),
    ...pressures.map(pressure =>
      finding(
        `its Node has ${pressure}`,
        "none",
        `'kubectl describe node ${name}' says how much is left; free it on the machine`,
      ),
    ),
    ...(ready && taints.includes(NO_NETWORK)
      ? [
          finding(
            "its Node has no pod network",
            "one",
            "look at the network's pod on it: 'kubectl get pods -A -o wide'",
          ),
        ]
      : []),
    ...(unschedulable
      ? [finding("its Node is cordoned: it takes no new pods", "a Node that does", `run 'kubectl uncordon ${name}'`)]
      : []),
  ];
}
