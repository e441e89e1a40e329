#!/usr/bin/env bash
# wipe CLUSTER [MACHINE [CLAIM]] takes this machine back to what it was before it became one of CLUSTER's; packages stay
# Not in order: a machine of a cluster that stays leaves by `retire`, or its generation. Every step may have been done
# before, so that the next run completes one that was cut. What tells whose machine this is goes last.
set -euo pipefail
# Of two at once, of a machine that has left and of Pulumi's, the second one waits. Outside of what a wipe takes away, and
# before the program's files are read, which go meanwhile.
exec {WIPING}>"${RACKPLANE_ROOT:-}/run/rackplane-wipe.lock"
flock -w "${RACKPLANE_WIPE_SECONDS:-600}" "$WIPING" || {
  echo "wipe: another wipe of $(uname -n) holds /run/rackplane-wipe.lock for ${RACKPLANE_WIPE_SECONDS:-600} s; expected it to end within that time; nothing was changed by this one; see 'journalctl -u rackplane-leave' and 'ps axf', then run it again" >&2
  exit 1
}
[ -e "$RACKPLANE_BUNDLE/boot/lib/common.sh" ] || {
  echo "wipe: $(uname -n) was wiped meanwhile, by another run" >&2
  exit 0
}
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/ssh-keys.sh
. "$BUNDLE/grant/lib/ssh-keys.sh"
# shellcheck source=../wipe/whose.sh
. "$BUNDLE/grant/wipe/whose.sh"
# shellcheck source=../wipe/services.sh
. "$BUNDLE/grant/wipe/services.sh"
# shellcheck source=../wipe/kubernetes.sh
. "$BUNDLE/grant/wipe/kubernetes.sh"
# shellcheck source=../wipe/network.sh
. "$BUNDLE/grant/wipe/network.sh"
# shellcheck source=../wipe/files.sh
. "$BUNDLE/grant/wipe/files.sh"

# wipe_membership: a cluster that this program has not made here is left alone, with what connects its pods.
wipe_membership() {
  if made_here; then
    wipe_kubernetes
    wipe_pod_network
  else
    echo "wipe: $KUBERNETES is of a cluster that was not made from here; it is left alone" >&2
  fi
}

# bash reads a function to its end before it runs it: the files of this program go meanwhile.
main() {
  if [ $# -lt 1 ] || [ $# -gt 3 ]; then
    echo "usage: rackplane wipe CLUSTER [MACHINE [CLAIM]]" >&2
    exit 64
  fi
  refuse_other_cluster "$1"
  if [ $# -ge 2 ] && has_other_name "$2"; then return 0; fi
  if [ $# = 3 ] && has_other_claim "$3" "$1"; then return 0; fi
  stop_services
  if [ -e "$NODE_JSON" ]; then
    wipe_vip
    if [ "$(role)" != balancer ]; then wipe_membership; fi
  fi
  wipe_settings
  wipe_records
  # Not by `say`, which would begin another status file.
  echo "wipe: $(uname -n) is as it was found; packages and images stay" >&2
}

main "$@"
exit
