# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and LEADS are lib/asking.sh's and lib/etcd-space.sh's
# One backup: etcd's data, and what a restore needs besides: the cluster's keys, those of Secrets, and what the last grant
# said. Sourced after lib/asking.sh, lib/etcd-space.sh, lib/stores.sh and change/snapshot.sh.

# Root's alone: everything that makes the cluster.
STAGE=$STATE/backup
# What each store was found to be, a file each; health/backups.sh reads it.
LOOKED=$STATE/backups-looked

backup_terms() { jq -re "$1" "$BACKUPS_JSON"; }

# stage_backup: the files of a backup, in STAGE.
stage_backup() {
  local file
  end_staging
  mkdir -p "$STAGE/pki/etcd"
  chmod 700 "$STAGE"
  # A member that is cut off from the others would give what the cluster has long gone beyond.
  await backup "$DEADLINE" "a quorum of etcd to answer" know_members
  say backup start "etcd's data and the cluster's keys are backed up"
  take_snapshot "$STAGE/etcd.db" ||
    die backup "etcd's data could not be copied to $STAGE; expected a healthy etcd and room on that disk; see 'rackplane status' and 'df'"
  while IFS= read -r file; do copy_to_stage "$PKI/$file" "pki/$file"; done < <(jq -r 'keys_unsorted[]' "$BUNDLE/grant/pki.json")
  for file in "$NODE_JSON" "$ROSTER_JSON" "$KUBEADM_JSON"; do copy_to_stage "$file" "${file##*/}"; done
  [ ! -e "$ENCRYPTION" ] || copy_to_stage "$ENCRYPTION" "${ENCRYPTION##*/}"
  jq -n --arg cluster "$(node .cluster.name)" --arg version "$(node .cluster.kubernetesVersion)" --arg machine "$NAME" \
    --argjson taken "$EPOCHSECONDS" --rawfile members "$WORK/members" \
    '{schema: 1, $cluster, $version, $machine, $taken, members: [$members / "\n" | .[] | select(. != "") / "\t" | {name: .[1], address: .[2]}]}' >"$STAGE/facts.json" || die backup "$STAGE/facts.json could not be written; expected room on that disk; see 'df'"
  # Not into the folder at once: the list must not hold itself.
  { (cd "$STAGE" && find . -type f -print0 | sort -z | xargs -0 sha256sum) >"$WORK/sums" && place "$STAGE/sums" 600 <"$WORK/sums"; } ||
    die backup "$STAGE/sums could not be written; expected room on that disk; see 'df'"
}

# copy_to_stage FILE NAME: a backup without one of them restores nothing.
copy_to_stage() {
  { cp "$1" "$STAGE/$2" && [ -s "$STAGE/$2" ]; } ||
    die backup "$1 could not be copied to $STAGE, expected it there, as a member has it, and room on that disk; see 'rackplane status' and 'df'"
}

end_staging() { rm -rf "$STAGE" "$STAGE.read"; }

# backup_to CLUSTER: what is staged goes into the open store, is read back, and those of earlier that are too many go.
backup_to() {
  local id keep bytes
  bytes=$(du -sb "$STAGE" | cut -f1)
  keep=$(backup_terms .keep) || return 1
  # What a machine left that died meanwhile; of a machine that lives restic knows that it does.
  in_store unlock || return 1
  id=$(cd "$STAGE" && in_store backup --json --host "$1" --tag rackplane --tag "bytes=$bytes" . | jq -r 'select(.message_type == "summary").snapshot_id') || return 1
  [ -n "$id" ] || return 1
  fetch_backup "$1" "$id" "$STAGE.read" || {
    # It would count as the newest.
    in_store forget "$id" >/dev/null || true
    return 1
  }
  rm -rf "$STAGE.read"
  in_store forget --host "$1" --tag rackplane --group-by host --keep-last "$keep" --prune >/dev/null || return 1
  in_store check >/dev/null
}

# turn: 0 where this machine comes first. The member that leads etcd does, so that timers of several machines make one
# backup; another one an hour later each, in the order of their names, should that machine not have done it.
turn() {
  space_of "$ADDRESS" && [ -n "$LEADS" ] && {
    echo 0
    return
  }
  know_members && cut -f2 "$WORK/members" | sort | grep -nxF "$NAME" | cut -d: -f1
}

# due_in STORE NEWEST: a store that has nothing newer than this, in seconds since 1970 or 0, is to have a backup now. The
# machine's own store is its own business.
due_in() {
  local since=$2 hours later=0
  hours=$(backup_terms .hours)
  [ "$since" != 0 ] || since=$(($(stat -c %Y "$BACKUPS_JSON") - hours * 3600))
  if [ "$(jq -r .kind <<<"$1")" != machine ]; then later=$(turn) || return 1; fi
  [ $((EPOCHSECONDS - since)) -ge $(((hours + later) * 3600)) ]
}

# begun_before NUMBER: this machine has begun a backup that failed; it is begun again until one goes well.
begun_before() { jq -e .again "$LOOKED/$1.json" >/dev/null 2>&1; }

# note_store NUMBER STORE [WORDS [AGAIN]]: what was found, and what went wrong; AGAIN where that is a backup, not a look.
note_store() {
  local list newest=0 bytes=0 count=0
  list=$(cat "$WORK/kept" 2>/dev/null) || true
  if [ -n "$list" ]; then
    count=$(wc -l <<<"$list")
    read -r _ newest bytes < <(tail -n 1 <<<"$list")
  fi
  jq -n --arg store "$(store_name "$2")" --argjson looked "$EPOCHSECONDS" --argjson newest "$newest" --argjson bytes "$bytes" \
    --argjson count "$count" --arg failed "${3:-}" --arg again "${4:-}" \
    '{$store, $looked, $newest, $bytes, $count, $failed, again: ($again != "")}' | place "$LOOKED/$1.json" 644
}
