# shellcheck shell=bash
# Sourced after lib/etcd.sh.

# healthy_etcd_here: answers even without a quorum, so it is this machine's own etcd that is judged.
healthy_etcd_here() {
  [ -e "$KUBERNETES/manifests/etcd.yaml" ] || return 0 # `parts` says so
  etcd_call "$ADDRESS" maintenance/status '{}' >/dev/null
}
