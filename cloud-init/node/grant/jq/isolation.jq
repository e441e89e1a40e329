# Each part of controlPlane.isolation that does not hold on this machine, in words, one a line; nothing when all hold.
# $node: node.json; $pods: the machine's control-plane pods; $kubelet: its configz; $cpus: kubelet's record of pinned CPUs.
# kubelet knows a static pod by the hash of its manifest, which the pod's mirror in the API carries.
($node[0].isolation) as $wanted
| ($pods[0].items) as $pods
| ($kubelet[0].kubeletconfig) as $kubelet
| ($cpus[0].entries // {}) as $pinned
| (["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"] - [$pods[].metadata.labels.component] | .[] | "\(.): not shown by the API yet"),
  ($pods[] | select(.status.qosClass != "Guaranteed") | "\(.metadata.labels.component): QoS class \(.status.qosClass), expected Guaranteed"),
  ($wanted.reservedSystemCPUs // empty | select(. != ($kubelet.reservedSystemCPUs // "")) | "kubelet: reservedSystemCPUs \"\($kubelet.reservedSystemCPUs // "")\", expected \"\(.)\""),
  (select($wanted.static) |
    (select($kubelet.cpuManagerPolicy != "static") | "kubelet: cpuManagerPolicy \($kubelet.cpuManagerPolicy), expected static"),
    ($pods[] | .metadata.annotations["kubernetes.io/config.hash"] as $id | .spec.containers[]
      | select(.resources.limits.cpu // "" | test("^[0-9]+$"))
      | ($pinned[$id // ""][.name] // "") as $set
      | select($set == "") | "\(.name): on no CPUs of its own, expected \(.resources.limits.cpu) pinned"))
