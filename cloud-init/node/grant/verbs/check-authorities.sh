#!/usr/bin/env bash
# check-authorities            before a step: every machine has ended the one before, as seen from this one
# What counts is whom the other machines' programs accept and what they show, not what they have noted. All that is
# missing is told at once; nothing changes.
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
# shellcheck source=../membership/authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"
# shellcheck source=../change/cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=../membership/authorities-seen.sh
. "$BUNDLE/grant/membership/authorities-seen.sh"

granted check-authorities
# A cluster that was formed under this number has nothing to exchange.
if jq -e '.authorities.stages["ca.crt"] | .[0] == .[3]' "$GRANT" >/dev/null; then
  jq -n --arg name "$NAME" '{$name}' | publish
  exit
fi
whole || die check-authorities "this machine is no member of the cluster; expected one; set certificates.authorities back, run 'pulumi up' so that it becomes one, and then make the edit again"
# The API is asked with this machine's own keys; those of the grant are what the step brings.
use_own_keys
STEP=$(jq -r .authorities.step "$GRANT")
put_keys "$ASKED"
# What this machine knows by itself is told at once.
while IFS= read -r file; do
  leads_to_grant "$file" "$ASKED" || die check-authorities "$(refused_step "$file"); no step was begun (docs/authorities.md)"
done < <(authority_files)
mint_asking
say check-authorities start "is every machine ready for '$STEP'?"
# Pods may be on their way, and kubelet looks at its file once a minute.
patience=$((DEADLINE < 180 ? DEADLINE : 180))
await check-authorities "$patience" "$(expected_before "$STEP"); no step was begun: mend what is named and run 'pulumi up' again (docs/authorities.md)" step_ready "$STEP"
jq -n --arg name "$NAME" '{$name}' | publish
say check-authorities "done" "every machine is ready for '$STEP'"
