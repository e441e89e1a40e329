#!/usr/bin/env bash
# examine                      tells as JSON what a doctor needs to know of this machine, and changes nothing
# Every condition of its health, those included that no verb waits for, and what can be judged only beside other
# machines: its clock, who holds the VIP, etcd's members, the Nodes. What it means is decided in doctor/.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
began=$EPOCHREALTIME
# shellcheck source=../lib/asking.sh
. "$BUNDLE/grant/lib/asking.sh"

# asked FILE FILTER COMMAND...: what the filter makes of the command's answer, in $WORK; null where there is none.
asked() {
  local file=$WORK/$1 filter=$2
  shift 2
  { "$@" 2>/dev/null | jq -c "$filter" >"$file" 2>/dev/null && [ -s "$file" ]; } || echo null >"$file"
}

# cluster_admin: this machine's own API server, so that the endpoint's state does not matter.
cluster_admin() {
  [ -e "$KUBERNETES/admin.conf" ] || return 1
  kubectl --kubeconfig "$KUBERNETES/admin.conf" --server "https://$ADDRESS:$API_PORT" --request-timeout 5s "$@"
}

report=$(if [ -s "$NODE_JSON" ]; then health_report examined; else echo '[]'; fi)
# shellcheck disable=SC2016  # $ready is jq's
asked nodes.json '[.items[] | (first(.status.conditions[]? | select(.type == "Ready")) // {}) as $ready | {
  name: .metadata.name, ready: ($ready.status == "True"), why: ($ready.message // "its kubelet has not spoken yet" | .[:200]),
  unschedulable: (.spec.unschedulable // false), taints: [.spec.taints[]?.key],
  annotations: [.metadata.annotations // {} | to_entries[] | select(.value != "" and (.key | test("/(bgp-peers-[0-9]+-)?(node-asn|peer-asn|peer-ip|src-ip)$"))).key],
  pressures: [.status.conditions[]? | select((.type | endswith("Pressure")) and .status == "True").type]}]' \
  cluster_admin get nodes -o json
asked workloads.json '[.items[] | {kind, namespace: .metadata.namespace, name: .metadata.name,
  wanted: (if .kind == "DaemonSet" then .status.desiredNumberScheduled else .spec.replicas end // 0),
  ready: ((if .kind == "DaemonSet" then .status.numberReady else .status.readyReplicas end) // 0),
  asks: (first(.spec.template.spec.containers[]?.env[]? | select(.name == "annotation").value) // null)}]' \
  cluster_admin get deployments,daemonsets -A -o json
asked services.json '[.items[] | select(.spec.type == "LoadBalancer")] | length' cluster_admin get services -A -o json
asked etcd.json '[., inputs | split("\t") | {id: .[0], name: .[1], address: .[2], learner: (.[3] == "learner")}]' \
  jq -R . "$WORK/members"
ca=null
[ ! -s "$CA" ] || ca=$(jq -Rs . "$CA")
word=
[ ! -e "$RUNDIR/announcing" ] || read -r word _ <"$RUNDIR/announcing" || true

jq -cn --arg name "$NAME" --arg address "$ADDRESS" --arg hash "$(cat "$BUNDLE/hash" 2>/dev/null || true)" \
  --argjson began "$began" --argjson ended "$EPOCHREALTIME" --arg cluster "$(node .cluster.name 2>/dev/null || true)" \
  --arg vip "$VIP" --arg port "$PORT" --argjson vipHere "$(yes vip_here)" --argjson announcing "$(yes [ "$word" = yes ])" --argjson ca "$ca" \
  --slurpfile nodes "$WORK/nodes.json" --slurpfile workloads "$WORK/workloads.json" --slurpfile etcd "$WORK/etcd.json" \
  --slurpfile loadBalancers "$WORK/services.json" --argjson conditions "$report" \
  '{schema: 1, $name, $address, $hash, $cluster, $began, $ended, $vip, $port, $vipHere, $announcing, $ca, nodes: $nodes[0],
    workloads: $workloads[0], loadBalancers: $loadBalancers[0], members: $etcd[0], $conditions}'
