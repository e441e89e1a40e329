# shellcheck shell=bash
# What no grant may change on a machine that is a member or a worker already, because no verb carries it over to a
# running cluster yet. All findings are told together, before anything on the machine changes.
# Sourced after membership/records.sh, membership/cloud-provider.sh, receive/facts.sh and lib/versions.sh.

# refuse_edits FILE: dies naming every such setting, what the machine runs with and what the grant asks for.
refuse_edits() {
  local findings=()
  if whole; then
    refuse_version "$1" "$(running_version)" ""
    refuse_settings "$1" all
    refuse_cloud "$1"
    refuse_plain_secrets "$1"
  elif [ -e "$KUBERNETES/kubelet.conf" ] && [ ! -e "$KUBERNETES/manifests/etcd.yaml" ]; then
    refuse_version "$1" "" "$(kubelet_version)"
    refuse_settings "$1" endpoint
    refuse_cloud "$1"
  elif [ -e "$ROSTER_JSON" ] && jq -e '.announcer.kind == "balancers"' "$NODE_JSON" >/dev/null 2>&1 &&
    systemctl is-active --quiet rackplane-keepalived.service; then
    refuse_settings "$1" endpoint
  fi
  [ ${#findings[@]} -eq 0 ] ||
    die edit "$(uname -n) runs with other settings, which cannot be changed in a running cluster: $(printf '%s; ' "${findings[@]}")set back what is named and run 'pulumi up' again, or make another cluster with these settings and move to it; nothing was changed"
}

# refuse_version FILE API KUBELET: `member` and `worker` upgrade by a patch or by one minor (change/kubernetes.sh); kubeadm
# knows no other step. A worker that was off meanwhile may be three minors behind, as a kubelet may (version skew policy, Kubernetes 1.34). What an
# upgrade has reached on this machine is not gone back from.
refuse_version() {
  local wanted step running=${2:-$3}
  wanted=$(jq -r .node.cluster.kubernetesVersion "$1")
  [ -n "$running" ] || return 0
  step=$(version_step "$running" "$wanted")
  if [ "$step" = minors ] && [ -z "$2" ] && [ "$(minors_between "$running" "$wanted")" -le 3 ]; then step=minor; fi
  case $step in
  down) findings+=("kubernetesVersion: found $wanted, expected ${running#v}, which runs here, or a later one; kubeadm goes back to no earlier version") ;;
  minors) findings+=("kubernetesVersion: found $wanted, expected one minor at a time from ${running#v} on: $(version_path "$running" "$wanted"), with a 'pulumi up' for each") ;;
  esac
}

# refuse_settings FILE all|endpoint: what the machine's own files say besides what the grant asks for.
refuse_settings() {
  local known=() name file finding
  for name in node kubeadm secrets; do
    file=${name^^}_JSON
    file=${!file}
    [ -s "$file" ] || file=/dev/null
    known+=(--slurpfile "$name" "$file")
  done
  while IFS= read -r finding; do findings+=("$finding"); done < <(jq -r --arg parts "$2" "${known[@]}" -f "$BUNDLE/grant/jq/edits.jq" "$1")
}

# refuse_cloud FILE: a Node that is registered already would never be initialised.
refuse_cloud() {
  if wants_cloud "$1" && ! waits_for_cloud; then
    findings+=("cloudProvider: found one, expected none, as when the machine joined; a cluster is made with it")
  fi
}

# refuse_plain_secrets FILE: API servers without the key could not read the Secrets that were written with it.
refuse_plain_secrets() {
  if named_by_manifest "$ENCRYPTION" && jq -e '.encryption == null' "$1" >/dev/null; then
    findings+=("apiServer.encryption: found none, expected the provider that this API server has keys of, since Secrets in etcd may be encrypted with them")
  fi
}
