#!/usr/bin/env bash
# Makes this machine's etcd wait for its disk, or takes that back: its cgroup may write WRITES times a second.
#
#   slow-disk.sh slow WRITES | slow-disk.sh heal
#
# The limit is on etcd's cgroup and on the disk below its data, so nothing else of the host is slower for it.
set -euo pipefail
act=$1 writes=${2:-}
data=${ETCD_DATA:-/var/lib/etcd}

die() {
  echo "fault slow-disk: $*" >&2
  exit 1
}
# disk: the number of the whole disk below etcd's data; a partition has no limit of its own.
disk() {
  local number
  number=$(findmnt -nro MAJ:MIN --target "$data" | tail -n 1)
  if [ -e "/sys/dev/block/$number/partition" ]; then
    number=$(cat "$(readlink -f "/sys/dev/block/$number")/../dev")
  fi
  [ -e "/sys/dev/block/$number" ] || die "found $data on device $number, which is no disk; expected one that can be limited"
  echo "$number"
}
# group_of CONTROLLER PID: the directory of a process's cgroup; no controller is version 2.
group_of() {
  local path
  path=$(awk -F: -v want="$1" '$2 == want { print $3 }' "/proc/$2/cgroup")
  [ -n "$path" ] || return 1
  echo "/sys/fs/cgroup/${1:+$1/}${path#/}"
}

pid=$(pidof -s etcd) || {
  # The limit is gone with the cgroup.
  if [ "$act" = heal ]; then exit 0; fi
  die "found no etcd, expected it to run"
}
number=$(disk)
if group=$(group_of blkio "$pid"); then
  file=$group/blkio.throttle.write_iops_device free="$number 0" limited="$number $writes"
elif group=$(group_of "" "$pid"); then
  file=$group/io.max free="$number wiops=max" limited="$number wiops=$writes"
else
  die "found no cgroup of etcd that limits disks, expected blkio (version 1) or io (version 2)"
fi
if [ "$act" = heal ]; then
  echo "$free" >"$file"
  exit 0
fi
[ "$act" = slow ] || die "expected slow or heal"
echo "$limited" >"$file"
# Measured by what etcd itself does: three synced writes take two of the intervals at least.
probe=$data/slow-disk-probe
begin=$(date +%s%N)
(
  echo 0 >"$group/cgroup.procs"
  timeout 30 dd if=/dev/zero of="$probe" bs=4k count=3 oflag=dsync status=none
) || true
took=$((($(date +%s%N) - begin) / 1000000))
rm -f "$probe"
[ "$took" -ge $((2000 / writes)) ] || {
  echo "$free" >"$file"
  die "three synced writes took $took ms at a limit of $writes a second, expected $((2000 / writes)) or more"
}
