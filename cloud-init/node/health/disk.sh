# shellcheck shell=bash
# shellcheck disable=SC2154  # ETCD_HOME is records.sh's
# What the control plane, the kubelet and this program write to. Sourced after membership/records.sh.

DISKS=(/ "${ETCD_HOME#"$ROOT"}" /var/lib/containerd /var/lib/kubelet /var/lib/rackplane /var/log /run)

# healthy_disk: of no disk less than a twentieth is free and less than 5 GiB (or 50,000 files). kubelet evicts pods at
# about that, and etcd ends when it cannot write.
healthy_disk() {
  local path paths=() full
  for path in "${DISKS[@]}"; do [ ! -d "$ROOT$path" ] || paths+=("$ROOT$path"); done
  full=$({ df -Pk "${paths[@]}" && echo inodes && df -Pi "${paths[@]}"; } 2>/dev/null | awk '
    $1 == "inodes" { files = 1; next }
    $2 !~ /^[0-9]+$/ || $2 == 0 || $4 * 20 >= $2 || $4 >= (files ? 50000 : 5242880) || seen[files, $6]++ { next }
    { printf files ? "%s%s with room for %d files" : "%s%s with %d KiB free", comma, $6, $4; comma = ", " }')
  [ -z "$full" ] || {
    echo "$full"
    return 1
  }
}
