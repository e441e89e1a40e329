# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # WORK is the grant's (lib/grant.sh)
# The cluster's documents say what the machines run with, so that a machine that joins, or an upgrade, goes by the same.
# They come after this machine's own parts, which have shown that the settings can be run with.
# Sourced by change.sh, after membership/documents.sh and cluster-access.sh.

due_documents() {
  local found
  # Where no API server answers, nothing can be given; a change of this machine's own may bring one back.
  found=$(noted_documents ask_cluster 2>/dev/null) || { [[ " ${DUE[*]} " == *" manifests "* ]] && found=unread; } || return 0
  [ "$found" = "$(documents_hash)" ] || echo "give the cluster's documents the settings, for machines that join"
}

do_documents() {
  # Another machine may have done it, while this one waited for the lock.
  [ -n "$(due_documents)" ] || return 0
  await documents "$DEADLINE" "the cluster to take the settings for machines that join (ConfigMaps kubeadm-config and kubelet-config in kube-system)" upload_documents
  say documents "done" "kubeadm-config and kubelet-config say what the machines run with"
}

# upload_documents: with the version that the cluster states, which an upgrade alone changes.
upload_documents() {
  local server stated
  server=$(ready_server) && stated=$(stated_version ask_cluster) || return 1
  admin_kubeconfig "$WORK/documents.conf" "$server" "$WORK/pki" "$ACCESS_FOR"
  kubeadm_config "$WORK/documents.yaml" "$(jq -n --arg version "$stated" '{kubernetesVersion: $version}')"
  kubeadm init phase upload-config all --config "$WORK/documents.yaml" --kubeconfig "$WORK/documents.conf" || return 1
  note_documents "$(documents_hash)" ask_cluster
}
