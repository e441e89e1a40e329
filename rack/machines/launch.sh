#!/usr/bin/env bash
# Runs one boot of a machine to its end, and notes how it ended: the note outlives a rack daemon that
# was killed meanwhile.
#
#   launch.sh NETNS DIRECTORY LAYERS HOSTNAME
#
# DIRECTORY/exit then holds the exit code of `unshare`: 129 (SIGHUP) when the machine asked for a
# reboot, 130 (SIGINT) when it powered itself off, 1 when its first process was killed.
set -uo pipefail
netns=$1 directory=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
nsenter --net="/run/netns/$netns" \
  unshare --mount --uts --ipc --pid --cgroup --fork --propagation private \
  bash "$here/init.sh" "${@:2}"
echo $? >"$directory/exit.new"
mv "$directory/exit.new" "$directory/exit"
