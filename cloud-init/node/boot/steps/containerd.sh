#!/usr/bin/env bash
# containerd with kubeadm's sandbox image, systemd's cgroups and the image mirrors of node.json.
# Restarted only when its configuration changed.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"

certs=$ROOT/etc/containerd/certs.d
install -d -m 755 "$ROOT/etc/containerd" "$certs" "$ROOT/etc/cni/net.d"

# hosts.toml is read at every pull: a changed mirror needs no restart.
jq -r '.images.mirrors | keys[]' "$NODE_JSON" | while read -r registry; do
  install -d -m 755 "$certs/$registry"
  jq -r --arg registry "$registry" -f "$BUNDLE/boot/jq/hosts-toml.jq" "$NODE_JSON" |
    place "$certs/$registry/hosts.toml" 644
done
# A mirror that is no longer in node.json must not be asked; files that are not ours stay.
for file in "$certs"/*/hosts.toml; do
  registry=$(basename "$(dirname "$file")")
  if [ -f "$file" ] && grep -q '^# rackplane' "$file" &&
    ! jq -e --arg registry "$registry" '.images.mirrors | has($registry)' "$NODE_JSON" >/dev/null; then
    rm -f "$file"
  fi
done

# Without securityfs no program can use AppArmor; containerd 1.6 still tries in some containers.
apparmor=$([ -d "$ROOT/sys/kernel/security/apparmor" ] && echo false || echo true)
config=$(jq -r --argjson disableApparmor "$apparmor" -f "$BUNDLE/boot/jq/containerd-toml.jq" "$NODE_JSON")
# What was configured here before is kept once.
own=$ROOT/etc/containerd/config.toml kept=$ROOT/etc/containerd/config.toml.before-rackplane
if [ -s "$own" ] && [ ! -e "$kept" ] && ! head -n 1 "$own" | grep '^# rackplane' >/dev/null; then
  cp -p "$own" "$kept"
  say containerd wait "$own was another one; it is kept as $kept"
fi
changed=0
replace "$own" 644 <<<"$config" || changed=$?

systemctl is-enabled --quiet containerd 2>/dev/null || systemctl enable --quiet containerd
case $changed in
# Containers outlive the restart: their shims keep them.
0) systemctl restart containerd ;;
1) systemctl is-active --quiet containerd || systemctl start containerd ;;
*) die containerd "$own cannot be written: make room on that disk" ;;
esac
await containerd 60 "containerd to answer" ctr version
