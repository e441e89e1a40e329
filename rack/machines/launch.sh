#!/usr/bin/env bash
# Runs one boot of a machine to its end, and notes how it ended: the note outlives a rack daemon that
# was killed meanwhile.
#
#   launch.sh NETNS CGROUPS DIRECTORY LAYERS HOSTNAME
#
# The machine's first process enters its cgroups, and only then its cgroup namespace, which begins there. It does so
# alone: systemd can hand controllers down in a cgroup of version 2 only when no process from outside is in it.
#
# DIRECTORY/exit then holds the exit code of `unshare`: 129 (SIGHUP) when the machine asked for a
# reboot, 130 (SIGINT) when it powered itself off, 1 when its first process was killed.
set -uo pipefail
netns=$1 cgroups=$2 directory=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
nsenter --net="/run/netns/$netns" \
  unshare --mount --uts --ipc --pid --fork --propagation private \
  bash "$here/enter.sh" "$cgroups" unshare --cgroup bash "$here/init.sh" "${@:3}"
echo $? >"$directory/exit.new"
mv "$directory/exit.new" "$directory/exit"
