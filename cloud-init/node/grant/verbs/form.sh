#!/usr/bin/env bash
# form                         this machine alone becomes the cluster, once; the result is the cluster's keys
# An interrupted form starts over: its keys never left this machine, so no other machine can be a member. With a backup in
# its grant (restore) the cluster is that of the backup, and so are its keys.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=/dev/null  # ../membership/initialise.sh, checked by itself
. "$BUNDLE/grant/membership/initialise.sh"

keys() {
  local file args=()
  # An empty list would publish a cluster without keys, and for ever: form never runs again.
  jq -e 'length > 0' "$BUNDLE/grant/pki.json" >/dev/null ||
    die keys "$BUNDLE/grant/pki.json names no key; expected the list that came with this program; run 'pulumi up' again"
  while IFS= read -r file; do
    [ -s "$PKI/$file" ] ||
      die keys "$PKI/$file is missing on the machine that formed the cluster; expected every file of $BUNDLE/grant/pki.json, which kubeadm made; copy it from another member"
    args+=(--rawfile "$file" "$PKI/$file")
  done < <(jq -r 'keys_unsorted[]' "$BUNDLE/grant/pki.json")
  jq -n "${args[@]}" '{pki: $ARGS.named}' | with_encryption_key
}

with_encryption_key() {
  if wants_encryption; then
    jq --slurpfile encryption "$ENCRYPTION" \
      '([$encryption[0].resources[0].providers[] | to_entries[0].value.keys[]? | select(.name == "rackplane").secret] | first) as $key
        | if $key == null then . else . + {encryptionKey: $key} end'
  else
    cat
  fi
}

granted form
FORMATION=$(formation)
refuse_foreign_data
[ "$FORMATION" = formed ] || initialise
# Whether the VIP leads here is for each `join` to wait for, beside its own preparations, and for `member` to judge.
await_health announced one-holder endpoint
say health "done" "API server ready"
keys | publish
