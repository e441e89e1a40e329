#!/usr/bin/env bash
# Enters a machine's cgroups, then becomes a command.
#
#   enter.sh CGROUPS COMMAND...     CGROUPS: directories, separated by colons
set -euo pipefail
IFS=: read -ra cgroups <<<"$1"
shift
for cgroup in "${cgroups[@]}"; do echo $$ >"$cgroup/cgroup.procs"; done
exec "$@"
