#!/usr/bin/env bash
# Kills, stops or continues every process of a name on this machine, and fails unless that took effect.
#
#   process.sh kill|stop|continue NAME
#
# In a machine's own process namespace a name finds that machine's processes alone.
set -euo pipefail
act=$1 name=$2

die() {
  echo "fault $act $name: $*" >&2
  exit 1
}
read -ra pids <<<"$(pidof "$name" || true)"
# What was stopped may have been killed since.
if [ "${#pids[@]}" -eq 0 ] && [ "$act" = continue ]; then exit 0; fi
[ "${#pids[@]}" -gt 0 ] || die "found no process of this name, expected one; is the machine whole?"

# is_in STATES PID: whether the process has one of these states (proc(5)); gone and zombie are Z.
is_in() {
  local state
  state=$(awk '$1 == "State:" { print $2 }' "/proc/$2/status" 2>/dev/null) || state=Z
  [[ ${state:-Z} == [$1] ]]
}
case $act in
kill) signal=KILL states=ZX ;;
stop) signal=STOP states=T ;;
continue) signal=CONT states=RSDZX ;;
*) die "expected kill, stop or continue" ;;
esac
# One that ends meanwhile needs no signal.
kill "-$signal" "${pids[@]}" 2>/dev/null || true
for pid in "${pids[@]}"; do
  for ((i = 0; i < 250; i++)); do
    if is_in "$states" "$pid"; then continue 2; fi
    read -rt 0.02 <> <(:) || true
  done
  die "process $pid did not follow SIG$signal within 5 s"
done
