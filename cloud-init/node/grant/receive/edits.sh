# shellcheck shell=bash
# What no grant may change on a machine that is a member or a worker already, because no verb carries it over to a
# running cluster yet. All findings are told together, before anything on the machine changes.
# Sourced after membership/records.sh and receive/facts.sh.

# refuse_edits FILE: dies naming every such setting, what the machine runs with and what the grant asks for.
refuse_edits() {
  local findings=()
  if whole; then
    refuse_version "$1" "$(running_version)"
    refuse_endpoint "$1"
    refuse_networks "$1"
    refuse_plain_secrets "$1"
  elif [ -e "$KUBERNETES/kubelet.conf" ] && [ ! -e "$KUBERNETES/manifests/etcd.yaml" ]; then
    refuse_version "$1" "$(kubelet --version 2>/dev/null | cut -d' ' -f2)"
    refuse_endpoint "$1"
  elif [ -e "$ROSTER_JSON" ] && jq -e '.announcer.kind == "balancers"' "$NODE_JSON" >/dev/null 2>&1 &&
    systemctl is-active --quiet rackplane-keepalived.service; then
    refuse_endpoint "$1"
  fi
  [ ${#findings[@]} -eq 0 ] ||
    die edit "$(uname -n) runs with other settings, which cannot be changed in a running cluster: $(printf '%s; ' "${findings[@]}")set back what is named and run 'pulumi up' again; nothing was changed"
}

# running_version: of the API server that this machine's manifest starts, as v1.34.3.
running_version() { sed -n 's/^ *image: .*kube-apiserver:\(v[0-9.]*\).*/\1/p' "$KUBERNETES/manifests/kube-apiserver.yaml"; }

# refuse_version FILE RUNNING
refuse_version() {
  local wanted
  wanted=v$(jq -r .node.cluster.kubernetesVersion "$1")
  [ -z "$2" ] || [ "$2" = "$wanted" ] || findings+=("kubernetesVersion: found ${wanted#v}, expected ${2#v}")
}

# differ PATH KNOWN FILE FILTER [FILTER]: a finding where the two documents differ; the second filter is FILE's.
differ() {
  local known wanted
  known=$(jq -r "$4" "$2" 2>/dev/null) || return 0
  wanted=$(jq -r "${5:-.node | $4}" "$3")
  [ -z "$known" ] || [ "$known" = null ] || [ "$known" = "$wanted" ] || findings+=("$1: found $wanted, expected $known")
}

refuse_endpoint() {
  differ endpoint.kind "$NODE_JSON" "$1" .announcer.kind
  differ endpoint.address "$NODE_JSON" "$1" .endpoint.address
  differ endpoint.port "$NODE_JSON" "$1" .endpoint.port
  differ endpoint.apiServerPort "$NODE_JSON" "$1" '.endpoint | .apiServerPort // .port'
  # Machines of which some have the old value and some the new one do not hear each other: two would hold the VIP.
  differ endpoint.virtualRouterId "$NODE_JSON" "$1" .announcer.virtualRouterId
  differ endpoint.advertSeconds "$NODE_JSON" "$1" .announcer.advertSeconds
  local known wanted
  known=$(jq -r '.vrrpPassword // empty' "$SECRETS_JSON" 2>/dev/null) || return 0
  wanted=$(jq -r '.secrets.vrrpPassword // empty' "$1")
  [ -z "$known" ] || [ "$known" = "$wanted" ] || findings+=("endpoint.password: found another one, expected the one that the machines run with")
}

refuse_networks() {
  local name networking='.init[]? | select(.kind == "ClusterConfiguration") | .networking'
  for name in podSubnet:podCidr serviceSubnet:serviceCidr dnsDomain:dnsDomain; do
    differ "network.${name#*:}" "$KUBEADM_JSON" "$1" "$networking.${name%:*}" ".kubeadm | $networking.${name%:*}"
  done
}

# refuse_plain_secrets FILE: API servers without the key could not read the Secrets that were written with it.
refuse_plain_secrets() {
  if named_by_manifest "$ENCRYPTION" && jq -e '.encryption == null' "$1" >/dev/null; then
    findings+=("apiServer.encryption: found none, expected the provider that the Secrets in etcd are encrypted with")
  fi
}
