#!/usr/bin/env bash
# status                       says as JSON what this machine is, and of each condition of its health whether it holds
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/asking.sh
. "$BUNDLE/grant/lib/asking.sh"

report=$(health_report)
# The condition `etcd` leaves these files. There are none where it does not apply or no quorum answered.
total=0 learners=0 healthy=0 listed=
if [ -s "$WORK/members" ]; then
  total=$(wc -l <"$WORK/members")
  learners=$(grep -c $'\tlearner$' "$WORK/members" || true)
  read -r healthy _ <"$WORK/healthy"
  ! cut -f3,4 "$WORK/members" | grep -xF "$ADDRESS"$'\tvoting' >/dev/null || listed=yes
fi

# member: a worker has its kubelet's certificate; a quorum lists a control-plane machine as a voting member.
member() {
  if [ "$(role)" = worker ]; then
    [ ! -e "$JOINING" ] && [ -e "$KUBERNETES/kubelet.conf" ]
  else
    whole && [ -n "$listed" ]
  fi
}

# The condition `certificates` leaves this file on a control-plane machine.
certificates=null
if [ -s "$WORK/certificates" ]; then
  read -r days first <"$WORK/certificates"
  certificates=$(jq -n --argjson days "$days" --arg first "$first" '{$days, $first}')
fi

jq -n --arg name "$NAME" --argjson prepared "$(yes healthy_prepared)" --argjson member "$(yes member)" \
  --argjson announcing "$(yes healthy_announced)" --argjson total "$total" --argjson healthy "$healthy" \
  --argjson learners "$learners" --argjson conditions "$report" --argjson certificates "$certificates" \
  '{$name, $prepared, $member, $announcing, etcd: {members: $total, $healthy, $learners}, $certificates, $conditions}'
