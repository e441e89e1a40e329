import type { Examination, Finding } from "../finding";
import type { SeenNode } from "../report";

/** What kube-vip needs to know of its neighbours (pkg/manager/watch_annotations.go of its source). */
const NEEDED = ["node-asn", "peer-asn", "peer-ip", "src-ip"] as const;

/**
 * Nodes whose kube-vip asks annotations for its BGP neighbours have them, in either form: `<prefix>/bgp-peers-0-peer-ip`, or
 * `<prefix>/peer-ip` of Equinix Metal's controller before 3.3.0.
 */
export const annotations: Examination = {
  name: "annotations",
  examine: ({ machines }) => {
    const seen = machines.find(({ seen }) => seen?.nodes)?.seen;
    const prefix = seen?.workloads?.find(({ asks }) => asks !== null)?.asks;
    if (!seen?.nodes || typeof prefix !== "string") return [];
    const { nodes, loadBalancers } = seen;
    const workers = machines.filter(({ role }) => role === "worker");
    const announcing = workers.length > 0 ? workers : machines.filter(({ role }) => role === "control-plane");
    return announcing.flatMap(({ name }) => {
      const node = nodes.find(each => each.name === name);
      return node === undefined ? [] : missingOf(node, { prefix, loadBalancers: loadBalancers ?? 0 });
    });
  },
};

/** A controller may write none before there is a Service to announce; some of them alone help nobody. */
function missingOf(node: SeenNode, { prefix, loadBalancers }: { prefix: string; loadBalancers: number }): Finding[] {
  const own = node.annotations.filter(name => name.startsWith(`${prefix}/`)).map(name => name.slice(prefix.length + 1));
  const missing = NEEDED.filter(key => !own.some(name => new RegExp(`^(bgp-peers-\\d+-)?${key}$`).test(name)));
  if (missing.length === 0 || (missing.length === NEEDED.length && loadBalancers === 0)) return [];
  return [
    {
      machines: [node.name],
      found: `its Node has ${missing.length === NEEDED.length ? "no annotation" : `no annotation ${missing.join(", ")}`} of BGP neighbours, neither ${prefix}/bgp-peers-0-${missing[0]} nor the older ${prefix}/${missing[0]}`,
      expected: "the cloud controller to have written them; until then kube-vip announces nothing from it",
      todo: "read the controller's log: 'kubectl -n kube-system logs -l app.kubernetes.io/name=cloud-provider-equinix-metal'",
    },
  ];
}
