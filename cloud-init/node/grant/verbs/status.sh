#!/usr/bin/env bash
# status                       says as JSON what this machine is: prepared, member, announcing, and etcd's health
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"

# There is no grant here: etcd's members themselves say where the others are, asked at this machine.
OTHERS=
NAME=$(uname -n)
NAME=${NAME%%.*}
ADDRESS=
[ ! -s "$MACHINE_JSON" ] || ADDRESS=$(machine .address)

# yes COMMAND...: true or false, for JSON.
yes() { if "$@" >/dev/null 2>&1; then echo true; else echo false; fi; }

total=0 healthy=0 learners=0 listed=
if [ -n "$ADDRESS" ] && members=$(etcd_members 2>/dev/null); then
  while IFS=$'\t' read -r _ _ address role; do
    total=$((total + 1))
    if [ "$role" = learner ]; then
      learners=$((learners + 1))
      continue
    fi
    if etcd_healthy "$address" 2>/dev/null; then healthy=$((healthy + 1)); fi
    [ "$address" != "$ADDRESS" ] || listed=yes
  done <<<"$members"
fi
# A worker is a member by its kubelet's certificate, a control-plane machine by a quorum's word.
member() {
  if [ "$(role)" = worker ]; then
    [ ! -e "$JOINING" ] && [ -e "$KUBERNETES/kubelet.conf" ]
  else
    whole && [ -n "$listed" ]
  fi
}

jq -n --arg name "$NAME" --argjson prepared "$(yes test -e "$RUNDIR/prepared")" --argjson member "$(yes member)" \
  --argjson announcing "$(yes announcing)" --argjson total "$total" --argjson healthy "$healthy" --argjson learners "$learners" \
  '{$name, $prepared, $member, $announcing, etcd: {members: $total, $healthy, $learners}}'
