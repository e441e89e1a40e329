#!/bin/bash
# One stand-in for every program that changes a machine: notes the call in $RACKPLANE_ROOT/calls and answers
# from files below $RACKPLANE_ROOT. $RACKPLANE_ROOT/broken/NAME makes NAME fail with that file's words.
set -euo pipefail
name=${0##*/}
root=$RACKPLANE_ROOT
printf '%s %s\n' "$name" "$*" >>"$root/calls"

if [ -e "$root/broken/$name" ]; then
  cat "$root/broken/$name" >&2
  exit 1
fi

case "$name $*" in
"uname -n") cat "$root/hostname" 2>/dev/null || echo demo-cp-0 ;;
# Succeeds in a container only.
"systemd-detect-virt "*) [ -e "$root/container" ] ;;

# $RACKPLANE_ROOT/audit: what a power cut has left half installed.
"dpkg --audit") cat "$root/audit" 2>/dev/null || true ;;
"dpkg --configure -a") rm -f "$root/audit" ;;
# $RACKPLANE_ROOT/stalls: a registry that never ends its answer.
"ctr "*" pull "*) [ ! -e "$root/stalls" ] || exec sleep 30 ;;
"dpkg-query "*) printf 'installed %s' "$(cat "$root/installed/${!#}" 2>/dev/null)" | grep -v ' $' ;;
"apt-cache madison "*) printf '%10s | %s | http://mirror deb Packages\n' "$2" "$(cat "$root/available" 2>/dev/null || echo 1.34.3-1.1)" ;;
"apt-get "*" install "*)
  mkdir -p "$root/installed"
  for word; do
    case $word in
    *=*-\*)
      version=${word#*=}
      echo "${version%\*}1.1" >"$root/installed/${word%%=*}"
      ;;
    containernetworking-plugins)
      mkdir -p "$root/usr/lib/cni"
      for plugin in loopback bridge host-local portmap; do install -m 755 /dev/null "$root/usr/lib/cni/$plugin"; done
      ;;
    esac
  done
  ;;

"ip -j -4 address show") cat "$root/addresses" ;;
"ip -j -4 address show dev "*) jq --arg dev "$6" '[.[] | select(.ifname == $dev)]' "$root/addresses" ;;
"ip -j route get "*)
  peer=$4
  if [ -e "$root/routes/$peer" ]; then cat "$root/routes/$peer"; else echo '[{"dst":"'"$peer"'","gateway":"198.51.100.40","prefsrc":"198.51.100.41"}]'; fi
  ;;
"ip route get "*) echo "$3 via 198.51.100.40 dev bond0 src 198.51.100.41 uid 0" ;;
"ip route replace "*)
  mkdir -p "$root/routes"
  # A policy rule elsewhere may win over any route.
  [ -e "$root/overruled" ] || echo '[{"dst":"'"${3%/32}"'","gateway":"'"$5"'","prefsrc":"'"$7"'"}]' >"$root/routes/${3%/32}"
  ;;

"kubeadm config images list "*) cat "$root/kubeadm-images" 2>/dev/null || printf 'registry.k8s.io/%s\n' kube-apiserver:v1.34.3 etcd:3.6.5-0 pause:3.10.1 ;;
"systemctl is-failed "*) [ -e "$root/unit-failed" ] ;;
"systemctl start "*rackplane-prepare*) rm -f "$root/unit-failed" ;;
"journalctl "*) cat "$root/journal" 2>/dev/null || true ;;
esac
