# What no grant may change in a running cluster, one finding a line. Input: the grant. What the machine runs with comes as
# $node, $kubeadm and $secrets, each a list that is empty where the machine has no such file.
def document(kind): [.init[]? | select(.kind == kind)] | first;
# Machines of which some have the old value and some the new one do not hear each other: two would hold the VIP.
def endpoint:
  {
    "endpoint.kind": .announcer.kind,
    # A switch takes one session from one address, so the two speakers would put each other out of the path.
    "endpoint.speaker": (if .announcer == null then null else .announcer.speaker // "kube-vip" end),
    "endpoint.address": .endpoint.address,
    "endpoint.port": .endpoint.port,
    "endpoint.apiServerPort": (.endpoint | .apiServerPort // .port),
    "endpoint.virtualRouterId": .announcer.virtualRouterId,
    "endpoint.vrrpVersion": (if .announcer.virtualRouterId == null then null else .announcer.vrrpVersion // 2 end),
    "endpoint.advertSeconds": .announcer.advertSeconds,
    # The other program could not listen at the port while the one before it still serves there.
    "endpoint.balancer": .announcer.balancer
  };
# Rented machines' names come from the cluster's; pods have their addresses from the pod network, which is flannel where
# none is named.
def cluster:
  { name: .cluster.name, "network.kind": (if .cluster == null then null else .network.kind // "flannel" end) };
def networks:
  document("InitConfiguration") as $init
  | document("ClusterConfiguration") as $cluster
  | $cluster.networking
  | {
      # Another one would be empty, and etcd would not find its cluster there.
      "etcd.dataDirectory": (if $cluster == null then null else $cluster.etcd.local.dataDir // "/var/lib/etcd" end),
      "network.podCidr": .podSubnet,
      "network.serviceCidr": .serviceSubnet,
      "network.dnsDomain": .dnsDomain,
      # kubeadm installs kube-proxy when the cluster is formed, or never.
      "network.kubeProxyReplacement": (if $init == null then null else $init.skipPhases // [] | index("addon/kube-proxy") != null end)
    };
# What the machine does not know, it cannot hold against the grant.
def differing(known; wanted):
  wanted as $wanted
  | known | to_entries[]
  | select(.value != null and .value != $wanted[.key])
  | "\(.key): found \($wanted[.key]), expected \(.value)";

. as $grant
| differing($node[0] // {} | endpoint; $grant.node | endpoint),
  (select($parts == "all") | differing($node[0] // {} | cluster; $grant.node | cluster)),
  (select($parts == "all") | differing($kubeadm[0] // {} | networks; $grant.kubeadm // {} | networks)),
  (
    $secrets[0].vrrpPassword as $known
    # Version 3 has none, and is a finding of its own.
    | select($known != null and $known != $grant.secrets.vrrpPassword and $grant.node.announcer.vrrpVersion != 3)
    | "endpoint.password: found another one, expected the one that the machines run with"
  ),
  (
    # keepalived 2.2.7 ends with a segmentation fault at a reload that turns SNMP on, and takes the VIP along for three
    # seconds. Turned off, or on from its start, it runs.
    select($node[0].balancing.snmpTraps != true and .node.balancing.snmpTraps == true)
    | "endpoint.snmpTraps: found true, expected false, as keepalived would end at the reload"
  )
