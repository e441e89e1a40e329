#!/usr/bin/env bash
# Gives this machine's etcd a disk of its own that is small enough to be filled, fills it, empties it, and takes it away.
#
#   full-disk.sh prepare|fill|empty|tidy
#
# The small disk is memory, bounded by its size: the host's own disk is never filled. etcd is restarted on it, since a
# running container does not see a mount that is made afterwards.
set -euo pipefail
act=$1
data=${ETCD_DATA:-/var/lib/etcd}
small=${SMALL_DISK:-/run/rackplane-small-disk}
manifest=/etc/kubernetes/manifests/etcd.yaml
aside=/etc/kubernetes/etcd.yaml.aside
# MiB besides what is there: etcd writes its next log, of 64, ahead.
room=96

die() {
  echo "fault full-disk, $act: $*" >&2
  exit 1
}
is_small() { mountpoint -q "$small" && [ "$(stat -f -c %i "$small")" = "$(stat -f -c %i "$data")" ]; }
available() { df --output=avail -B 1 "$data" | tail -n 1; }

# await WHAT COMMAND...: at most 60 s.
await() {
  local what=$1 i
  shift
  for ((i = 0; i < 600; i++)); do
    if "$@"; then return; fi
    read -rt 0.1 <> <(:) || true
  done
  die "waited 60 s for $what, in vain"
}
gone() { ! pidof etcd >/dev/null; }
runs() { pidof etcd >/dev/null; }
away() {
  if [ -e "$manifest" ]; then mv "$manifest" "$aside"; fi
  await "etcd to end" gone
}
back() {
  if [ -e "$aside" ]; then mv "$aside" "$manifest"; fi
  await "etcd to run" runs
}

case $act in
prepare)
  ! is_small || exit 0
  size=$(($(du -sm "$data" | cut -f1) + room))
  [ "$size" -le 1024 ] || die "etcd's data and $room MiB are $size MiB, expected 1024 at most: they go to memory"
  away
  mkdir -p "$small"
  mount -t tmpfs -o "size=${size}m,mode=700" tmpfs "$small"
  cp -a --sparse=always "$data/." "$small/"
  mount --bind "$small" "$data"
  back
  ;;
fill)
  is_small || die "found etcd's data on the machine's own disk, expected the small one; prepare it first"
  dd if=/dev/zero of="$data/filler" bs=64k status=none 2>/dev/null || true
  [ "$(available)" -eq 0 ] || die "$(available) bytes are left, expected none"
  ;;
empty)
  rm -f "$data/filler"
  ;;
tidy)
  is_small || exit 0
  away
  umount "$data"
  find "$data" -mindepth 1 -delete
  cp -a --sparse=always "$small/." "$data/"
  rm -f "$data/filler"
  umount "$small"
  back
  ;;
*) die "expected prepare, fill, empty or tidy" ;;
esac
