#!/usr/bin/env bash
# What a person types who has no program: kubeadm on machines that are prepared, without a VIP and without a gate.
# Used to compare; runs on a machine of the rack as root.
#
#   by-hand.sh reset                     takes the machine back to where kubeadm can begin
#   by-hand.sh init KEY                  the first machine; KEY: 64 hexadecimal digits that the certificates are kept under
#   by-hand.sh join ADDRESS TOKEN PIN KEY
#   by-hand.sh ready NUMBER              waits until so many nodes are Ready
set -euo pipefail
documents=/var/lib/rackplane/kubeadm.json
configuration=$(mktemp)
trap 'rm -f "$configuration"' EXIT

case $1 in
reset)
  systemctl stop rackplane-announcer
  cp "$documents" /root/kubeadm.json
  kubeadm reset --force >/dev/null 2>&1
  rm -rf /var/lib/etcd/member
  ip -4 -o address show dev lo scope global | awk '{ print $4 }' | xargs -r -I{} ip address delete {} dev lo
  ;;
init)
  jq -r --arg key "$2" '.init[]
    | if .kind == "ClusterConfiguration" then .controlPlaneEndpoint = $own else . end
    | if .kind == "InitConfiguration" then .certificateKey = $key else . end
    | "---", tojson' --arg own "$(jq -r '.init[0].localAPIEndpoint.advertiseAddress' /root/kubeadm.json):6443" \
    /root/kubeadm.json >"$configuration"
  kubeadm init --config "$configuration" --upload-certs --skip-token-print --skip-certificate-key-print >&2
  pin=$(openssl x509 -in /etc/kubernetes/pki/ca.crt -noout -pubkey | openssl pkey -pubin -outform der | sha256sum)
  echo "$(kubeadm token create) sha256:${pin%% *}"
  ;;
join)
  jq --arg server "$2:6443" --arg token "$3" --arg pin "$4" --arg key "$5" '.join
    + {discovery: {bootstrapToken: {apiServerEndpoint: $server, token: $token, caCertHashes: [$pin]}}}
    | .controlPlane.certificateKey = $key' /root/kubeadm.json >"$configuration"
  kubeadm join --config "$configuration" >&2
  ;;
ready)
  until [ "$(kubectl --kubeconfig /etc/kubernetes/admin.conf get nodes -o json 2>/dev/null |
    jq '[.items[].status.conditions[] | select(.type == "Ready" and .status == "True")] | length')" = "$2" ]; do
    sleep 0.5
  done
  ;;
esac
