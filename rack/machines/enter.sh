#!/usr/bin/env bash
# Enters cgroups, then becomes a command.
#
#   enter.sh CGROUPS COMMAND...     CGROUPS: directories, separated by colons
set -euo pipefail
IFS=: read -ra cgroups <<<"$1"
shift
# 0 is the writer itself, also where its pid namespace is not the host's.
for cgroup in "${cgroups[@]}"; do echo 0 >"$cgroup/cgroup.procs"; done
exec "$@"
