#!/usr/bin/env bash
# encrypt                      this machine's API server writes Secrets with the key of the grant's generation
# After the last `member`, so every API server reads that key. The last machine has every Secret written anew and notes it;
# keys of earlier generations go with each machine's next change.
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
# shellcheck source=../membership/encryption.sh
. "$BUNDLE/grant/membership/encryption.sh"
# shellcheck source=../change/cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=../change/lock.sh
. "$BUNDLE/grant/change/lock.sh"
# shellcheck source=../change/encryption.sh
. "$BUNDLE/grant/change/encryption.sh"

# rewrite NAMESPACE: every Secret in it is written as it is. One that is changed or deleted meanwhile is written by that.
rewrite() {
  local words
  words=$(ask_cluster -n "$1" get secrets -o json | jq 'select(.items != [])' | ask_cluster replace -f - 2>&1 >/dev/null) || {
    words=$(grep -vE '\((Conflict|NotFound)\)|the object has been modified|not found$|no objects passed' <<<"$words") || return 0
    printf '%s\n' "$words"
    return 1
  }
}

rewrite_all() {
  local namespace namespaces
  namespaces=$(ask_cluster get namespaces -o 'jsonpath={.items[*].metadata.name}') || return 1
  for namespace in $namespaces; do rewrite "$namespace" || return 1; done
}

note_encryption() {
  jq -n --arg name "$ENCRYPTION_NOTE" --arg generation "$GENERATION" \
    '{apiVersion: "v1", kind: "ConfigMap", metadata: {$name, namespace: "kube-system"}, data: {$generation}}' >"$WORK/note.json"
  ask_cluster apply --server-side --force-conflicts --field-manager rackplane -f "$WORK/note.json"
}

granted_to_member encrypt
GENERATION=$(jq .encryption.generation "$GRANT")
jq -e --argjson generation "$GENERATION" '
  any(.resources[0].providers[]; to_entries[0].value.keys[0].name == if $generation == 0 then "rackplane" else "rackplane-\($generation)" end)' \
  "$ENCRYPTION" >/dev/null 2>&1 ||
  die encrypt "$ENCRYPTION has no key of generation $GENERATION; expected it from this machine's last member: run 'pulumi up' again"
await encrypt "$DEADLINE" "an API server to tell which key Secrets are written with" noted_encryption ask_cluster
WRITES=$(noted_encryption ask_cluster)
if [ "$(encryption_file write "$WRITES")" != "$(<"$ENCRYPTION")" ] && [ "$WRITES" != "$GENERATION" ]; then
  take_lock 1
  say encrypt start "this machine's API server writes Secrets with the key of generation $GENERATION"
  change_encryption write "$WRITES"
fi
if [ "$WRITES" != "$GENERATION" ] && jq -e .encryption.rewrite "$GRANT" >/dev/null; then
  say encrypt start "every Secret is written with the key of generation $GENERATION"
  await encrypt "$DEADLINE" "every Secret to be written anew" rewrite_all
  await encrypt 60 "the cluster to take the note of it" note_encryption
fi
jq -n --arg name "$NAME" '{$name}' | publish
say encrypt "done" "Secrets are written with the key of generation $GENERATION"
