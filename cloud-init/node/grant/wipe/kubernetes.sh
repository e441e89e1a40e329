# shellcheck shell=bash
# shellcheck disable=SC2153  # ETCD_HOME is records.sh's
# What Kubernetes keeps on this machine, keys and data of etcd included. Sourced after common.sh, membership/records.sh.

wipe_kubernetes() {
  local kept folder
  # Where this is cut, the files that show whose cluster it is may be gone before its keys are.
  begin_joining
  timeout --foreground 60 systemctl disable --quiet --now kubelet >/dev/null 2>&1 || true
  if command -v kubeadm >/dev/null; then
    # Without a kubeconfig, so that nothing is asked of the cluster, whose members may be gone.
    timeout --foreground 600 kubeadm reset --force --cleanup-tmp-dir --skip-phases remove-etcd-member --kubeconfig "$RUNDIR/none" \
      --cri-socket unix:///run/containerd/containerd.sock >&2 ||
      die wipe "kubeadm reset failed or took more than 10 minutes; expected it to end every pod; see its words above and 'systemctl status containerd', then run 'rackplane wipe' or 'pulumi destroy' again"
  fi
  kept=$(pidof etcd kube-apiserver kubelet) || true
  [ -z "$kept" ] || die wipe "found etcd, the API server or kubelet running still (process $kept); expected none after kubeadm reset; see 'crictl ps' and run it again"
  refuse_mounts "$KUBERNETES" "$ETCD_DATA" "$ROOT/var/lib/kubelet"
  for folder in "$KUBERNETES" "$ETCD_DATA" "$ROOT/var/lib/kubelet"; do remove_folder "$folder"; done
  rmdir "$ETCD_HOME" 2>/dev/null || true
}

# refuse_mounts FOLDER...: what is mounted in there, a volume of a pod for instance, would be emptied, also of the same
# file system, where no program sees the border.
refuse_mounts() {
  local folder folders=() at found=
  for folder; do folders+=("$(realpath -m "$folder")"); done
  while read -r _ at _; do
    # The kernel writes a space as \040.
    printf -v at '%b' "${at//\\/\\0}"
    for folder in "${folders[@]}"; do
      [[ $at != "$folder"/* ]] || found+="${found:+, }$at"
    done
  done </proc/self/mounts
  [ -z "$found" ] ||
    die wipe "found mounted still after kubeadm reset: $found; expected nothing mounted below $*; unmount it and run it again; nothing below was removed"
}

# remove_folder FOLDER: where a disk is mounted there or a link leads there, what is in it.
remove_folder() {
  [ -d "$1" ] || return 0
  find "$1/" -mindepth 1 -xdev -delete ||
    die wipe "what is named above could not be removed from $1; expected it to be removable; see 'lsattr' and 'findmnt' and run it again"
  rmdir "$1" 2>/dev/null || true
}

# made_here: a record of this program's says so, or what is here leads to the cluster's endpoint; or nothing is here.
made_here() {
  local endpoint
  endpoint=$(node '.endpoint | "https://\(.address):\(.port)"')
  [ "$(formation)" != none ] || [ -e "$JOINING" ] || ! { leftovers || [ -e "$KUBERNETES/kubelet.conf" ]; } ||
    grep -qsF "server: $endpoint" "$KUBERNETES"/{admin,kubelet,controller-manager}.conf
}
