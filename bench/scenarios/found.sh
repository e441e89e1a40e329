#!/usr/bin/env bash
# found.sh    what lies in the folders that a person configures: each file's SHA-256, each link's target, then its path
# Behind what a package has brought stands `:package`. Accounts and links that packages make when they are installed are left
# out, and so is the file that keeps kubelet's folder of manifests, which `kubeadm reset` empties.
set -euo pipefail
shopt -s nullglob

{
  find /etc /opt /usr/local /root -xdev -type f -print0 | xargs -0r sha256sum
  find /etc /opt /usr/local /root -xdev -type l -printf '%l  %p\n'
} |
  grep -vE '  /etc/(ld\.so\.cache$|\.pwd\.lock$|(passwd|group|shadow|gshadow|subuid|subgid)-?$|rc[0-6S]\.d/|alternatives/|systemd/system/[^/]*\.wants/[^/]*$|kubernetes/manifests/\.kubelet-keep$)' |
  awk 'FNR == NR { owned[$0]; next } { path = substr($0, index($0, "  ") + 2); print $1 (path in owned ? ":package" : "") "  " path }' \
    <(cat /var/lib/dpkg/info/*.list) - |
  sort -k 2
