# shellcheck shell=bash
# The cluster's own documents, which what joins and what is upgraded goes by: kubeadm-config and kubelet-config in
# kube-system. A note at the first says which settings they were made from.

# documents_hash: of what the grant says of the cluster. The version and kubeadm's own gates, which come and go with it, are
# an upgrade's.
documents_hash() {
  jq -cS '[.kubeadm.init[] | select(.kind == "ClusterConfiguration" or .kind == "KubeletConfiguration")
    | del(.kubernetesVersion, .apiVersion) | if .kind == "ClusterConfiguration" then del(.featureGates) else . end]' "$GRANT" | sha256sum | cut -d' ' -f1
}

# noted_documents KUBECTL...: the hash in the note; nothing where there is none.
noted_documents() {
  "$@" -n kube-system get configmap kubeadm-config -o json | jq -r '.metadata.annotations["rackplane/settings"] // ""'
}

# note_documents NOTE KUBECTL...: a note that is missing costs no more than that the next change writes them again.
note_documents() {
  local note=$1
  shift
  "$@" -n kube-system annotate configmap kubeadm-config --overwrite "rackplane/settings=$note" >&2 || true
}
