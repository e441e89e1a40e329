import type { Examination, Finding } from "../finding";
import type { Workload } from "../report";

/** Without these nothing in a cluster works; of each the pods that a person may scale away are missed too. */
const NEEDED = [
  /^Deployment kube-system\/coredns$/,
  /^DaemonSet kube-system\/kube-proxy$/,
  /^DaemonSet kube-flannel\//,
  /^DaemonSet kube-system\/cilium$/,
  /^DaemonSet calico-system\/calico-node$/,
];

/** Namespaces of what keeps the cluster going. */
const OURS = /^(kube-|calico-|tigera-)/;

const title = ({ kind, namespace, name }: Workload) => `${kind} ${namespace}/${name}`;

/** The cluster's own pods run: DNS, kube-proxy, the pod network. */
export const workloads: Examination = {
  name: "workloads",
  examine: ({ machines }) => {
    const list = machines.find(({ seen }) => seen?.workloads)?.seen?.workloads ?? [];
    return list.filter(({ namespace }) => OURS.test(namespace)).flatMap(faultsOf);
  },
};

function faultsOf(workload: Workload): Finding[] {
  const { kind, namespace, name, wanted, ready } = workload;
  const at = `${kind.toLowerCase()} ${name}`;
  if (wanted === 0 && NEEDED.some(needed => needed.test(title(workload))))
    return [
      {
        machines: [],
        found: `${title(workload)} asks for no pod`,
        expected: kind === "DaemonSet" ? "one on every Node" : "two",
        todo:
          kind === "DaemonSet"
            ? `see its node selector: 'kubectl -n ${namespace} edit ${at}'`
            : `run 'kubectl -n ${namespace} scale ${at} --replicas=2'`,
      },
    ];
  if (ready >= wanted) return [];
  return [
    {
      machines: [],
      found: `${title(workload)}: ${ready} of ${wanted} pods are ready`,
      expected: "all",
      todo: `see 'kubectl -n ${namespace} get pods -o wide' and 'kubectl -n ${namespace} describe ${at}'`,
    },
  ];
}
