#!/usr/bin/env bash
# backups [json]               lists the cluster's backups in every store, with their age and size
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/stores.sh
. "$BUNDLE/grant/lib/stores.sh"

[ -s "$BACKUPS_JSON" ] || die backups "$BACKUPS_JSON is missing: this machine's last grant asked for no backups; run 'pulumi up' with the setting backups"
mkdir -p "$RUNDIR"
WORK=$(mktemp -d "$RUNDIR/backups.XXXXXX")
trap 'rm -rf "$WORK"' EXIT
CLUSTER=$(node .cluster.name)
PASSWORD=$(jq -r .password "$BACKUPS_JSON")
command -v restic >/dev/null 2>&1 || die backups "found no restic on this machine, expected it; the first backup brings it ('rackplane backup-due now')"

# age SECONDS: in the largest unit that gives a whole number.
age() {
  if [ "$1" -ge 172800 ]; then echo "$(($1 / 86400)) days"; elif [ "$1" -ge 7200 ]; then echo "$(($1 / 3600)) h"; else echo "$(($1 / 60)) min"; fi
}

status=0
while IFS= read -r store; do
  name=$(store_name "$store")
  : >"$WORK/kept"
  if ! { open_store "$store" "$PASSWORD" && find_store && { [ -n "$MISSING" ] || kept "$CLUSTER" >"$WORK/kept"; }; } >"$WORK/words" 2>&1; then
    status=1
    echo "$name: cannot be read: $(tr '\n' ' ' <"$WORK/words")" >&2
  fi
  while read -r id taken bytes; do
    if [ "${1:-}" = json ]; then
      jq -cn --arg store "$name" --arg id "$id" --argjson taken "$taken" --argjson bytes "$bytes" '{$store, $id, $taken, $bytes}'
    else
      printf '%s  %s  %s old  %s MiB  %s\n' "$id" "$(date -u -d "@$taken" +%Y-%m-%dT%H:%M:%SZ)" "$(age $((EPOCHSECONDS - taken)))" "$((bytes / 1048576))" "$name"
    fi
  done <"$WORK/kept"
done < <(jq -c '.stores[]' "$BACKUPS_JSON")
exit "$status"
