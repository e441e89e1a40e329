#!/usr/bin/env bash
# Exhausts this machine's memory, or takes that back.
#
#   memory.sh exhaust|heal
#
# The machine's own cgroup is limited to little more than what its programs use, and a program that never has enough
# runs in it: the kernel kills within the machine, as on one whose memory is full. The host has its memory as before,
# and the program stops by itself at 512 MiB.
set -euo pipefail
act=$1
unit=rackplane-memory-hog.service
# MiB that are left to the machine.
room=64

die() {
  echo "fault memory, $act: $*" >&2
  exit 1
}
root=/sys/fs/cgroup
if [ -d "$root/memory" ]; then
  root=$root/memory
  limit=$root/memory.limit_in_bytes usage=$root/memory.usage_in_bytes unlimited=-1
  reached() { cat "$root/memory.failcnt"; }
  cached() { awk '$1 == "total_inactive_file" { print $2 }' "$root/memory.stat"; }
else
  limit=$root/memory.max usage=$root/memory.current unlimited=max
  reached() { awk '$1 == "max" { print $2 }' "$root/memory.events"; }
  cached() { awk '$1 == "inactive_file" { print $2 }' "$root/memory.stat"; }
fi
[ -w "$limit" ] || die "found no $limit that may be written, expected the machine's own cgroup"

if [ "$act" = heal ]; then
  echo "$unlimited" >"$limit"
  systemctl stop "$unit" 2>/dev/null || true
  systemctl reset-failed "$unit" 2>/dev/null || true
  exit 0
fi
[ "$act" = exhaust ] || die "expected exhaust or heal"
give_up() {
  echo "$unlimited" >"$limit"
  systemctl stop "$unit" 2>/dev/null || true
  die "$*"
}
before=$(reached)
most=$(($(cat "$usage") - $(cached) + room * 1024 * 1024))
# The kernel makes room for a limit below what is used, and refuses one for which it finds none.
echo "$most" >"$limit" || give_up "the kernel refused a limit of $most bytes; $(cat "$usage") are used"
# It writes to every page, holds for a second at its most, and comes again.
systemd-run --quiet --unit "$unit" --property=Restart=always --property=RestartSec=0.2 \
  --property=StartLimitIntervalSec=0 \
  /usr/bin/perl -e 'my @all; for (1 .. 512) { push @all, "x" x 1048576; select undef, undef, undef, 0.005 } sleep 1' ||
  give_up "the program that takes the memory did not start"
for ((i = 0; i < 200; i++)); do
  if [ "$(reached)" -gt $((before + 10)) ]; then exit 0; fi
  read -rt 0.1 <> <(:) || true
done
give_up "the limit of $most bytes was not reached within 20 s; $(cat "$usage") are used"
