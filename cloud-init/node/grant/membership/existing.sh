# shellcheck shell=bash
# The etcd that formed the cluster. kubeadm starts it as a new cluster of one, and leaves it so in its manifest: if its
# data were gone one day (a mount that is missing at boot, a directory that was deleted), it would begin a second, empty
# cluster with the same keys, behind the same VIP. Told that its cluster exists, it refuses to start instead.
# Sourced after grant.sh and records.sh.

ETCD_MANIFEST=$KUBERNETES/manifests/etcd.yaml
EXISTING=--initial-cluster-state=existing

# set_existing: kubelet starts etcd anew, and this returns once that one runs. Machines that joined have it from kubeadm.
set_existing() {
  local new=${ETCD_MANIFEST%/*}/.etcd.yaml.new
  grep -q -e '- --initial-cluster=' "$ETCD_MANIFEST" || return 0
  ! grep -qF -e "$EXISTING" "$ETCD_MANIFEST" || return 0
  say existing start "etcd is told that its cluster exists: it never begins another one"
  # kubelet reads every file of this directory whose name does not start with a dot.
  (umask 077 && sed "s/^\( *\)- --initial-cluster=.*/&\n\1- $EXISTING/" "$ETCD_MANIFEST" >"$new") &&
    sync "$new" && mv -f "$new" "$ETCD_MANIFEST" ||
    die existing "$ETCD_MANIFEST could not be written; free space on that disk and run 'pulumi up' again"
  await existing "$DEADLINE" "etcd to run with $EXISTING" runs_existing
}

# runs_existing: this machine has one etcd of its own.
runs_existing() {
  local pid
  for pid in $(pidof etcd); do
    ! tr '\0' '\n' 2>/dev/null <"$ROOT/proc/$pid/cmdline" | grep -xF -e "$EXISTING" >/dev/null || return 0
  done
  echo "no process of etcd has it yet"
  return 1
}
