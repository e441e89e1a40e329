#!/usr/bin/env bash
# mint                         an invitation for one worker: a token for half an hour and the hash of the CA
# Any control-plane machine can run it: each holds the CA's key, and any ready API server will do.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../change/cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=../change/lock.sh
. "$BUNDLE/grant/change/lock.sh"
# shellcheck source=../change/drain.sh
. "$BUNDLE/grant/change/drain.sh"
# shellcheck source=../membership/invitee.sh
. "$BUNDLE/grant/membership/invitee.sh"

granted mint
[ -s "$PKI/ca.key" ] ||
  die mint "$PKI/ca.key is missing: this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
use_own_keys

# server: the nearest API server that is ready; the endpoint last.
server() {
  local address words said=
  for address in "$ADDRESS" $OTHERS "$VIP"; do
    words=$(api_ready "$address" 2>&1) && {
      printf '%s\n' "$address"
      return
    }
    said+="$address: $words; "
  done
  printf '%s\n' "$said"
  return 1
}
await mint "$DEADLINE" "a ready API server" server
admin_kubeconfig "$WORK/admin.conf" "$(server)" "$PKI"
worker=$(jq -r '.invitee // empty' "$GRANT")

[ -z "$worker" ] || see_off_worker

say mint start "a token for ${worker:-a worker}, good for half an hour"
kubeadm token create --ttl 30m --description "${worker:-a worker} joins" --kubeconfig "$WORK/admin.conf" >"$WORK/token" ||
  die mint "kubeadm token create failed, its reason is above this line in the journal (journalctl -u rackplane-mint); correct it and run 'pulumi up' again"
# The token comes from a file: a process list would show an argument.
jq -Rn --rawfile token "$WORK/token" --arg caHash "$(ca_pin)" '{token: ($token | rtrimstr("\n")), caHash: $caHash}' | publish
say mint "done" "minted"
