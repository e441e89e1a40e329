#!/usr/bin/env bash
# backup-due [now]             backs the cluster up where a backup is due: what the timer runs once an hour; now: in any case
# Each store is asked what it has; of the members one makes the backup (lib/backups.sh).
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/asking.sh
. "$BUNDLE/grant/lib/asking.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/etcd-space.sh
. "$BUNDLE/grant/lib/etcd-space.sh"
# shellcheck source=../lib/stores.sh
. "$BUNDLE/grant/lib/stores.sh"
# shellcheck source=../change/snapshot.sh
. "$BUNDLE/grant/change/snapshot.sh"
# shellcheck source=../lib/backups.sh
. "$BUNDLE/grant/lib/backups.sh"

# look_at STORE: brings the store's list to $WORK/kept.
look_at() {
  : >"$WORK/kept"
  open_store "$1" "$PASSWORD" && find_store || return 1
  [ -n "$MISSING" ] || kept "$CLUSTER" >"$WORK/kept"
}

# serve STORE-NUMBER STORE: looks, backs up where it is due, and notes what came of it.
serve() {
  local newest=0 name
  name=$(store_name "$2")
  look_at "$2" >"$WORK/words" 2>&1 || {
    fails "$1" "$2" "$name cannot be read"
    return 1
  }
  read -r _ newest _ < <(tail -n 1 "$WORK/kept") || true
  if [ -n "$NOW" ] || begun_before "$1" || due_in "$2" "${newest:-0}"; then
    if [ -n "$MISSING" ] && ! may_make "$2" >"$WORK/words" 2>&1; then
      fails "$1" "$2" "$name is not made yet"
      return 1
    fi
    [ -e "$STAGE/sums" ] || stage_backup
    if ! backup_to "$CLUSTER" >"$WORK/words" 2>&1; then
      fails "$1" "$2" "the backup to $name failed" again
      return 1
    fi
    kept "$CLUSTER" >"$WORK/kept"
    say backup "done" "backed up to $name, $(wc -l <"$WORK/kept") are kept, the newest has been read back"
  fi
  note_store "$1" "$2"
}

# may_make STORE: makes it, on the machine whose turn it is.
may_make() {
  due_in "$1" 0 || {
    echo "the member that leads etcd makes it: run 'rackplane backup-due now' on that machine first"
    return 1
  }
  make_store
}

# fails NUMBER STORE WHAT [AGAIN]: other stores get their backup all the same.
fails() {
  local words
  words=$(tail -c 400 "$WORK/words" | tr '\n\t' '  ')
  say backup wait "$3: ${words:-no word of a reason}"
  note_store "$1" "$2" "$3: ${words:-no word of a reason}" "${4:-}"
}

whole || die backup-due "this machine is no member of the cluster; expected one; 'systemctl disable --now rackplane-backup-due.timer' turns the timer off"
[ -s "$BACKUPS_JSON" ] || die backup-due "$BACKUPS_JSON is missing: this machine's last grant asked for no backups; run 'pulumi up' with the setting backups"
NOW=
[ "${1:-}" != now ] || NOW=yes
# By hand and by the timer at once, the second one waits and finds nothing due.
exec {ONE}>"$RUNDIR/backup.lock"
flock "$ONE"
trap 'end_staging; rm -rf "$WORK"' EXIT
DEADLINE=$(node .deadlines.member)
CLUSTER=$(node .cluster.name)
PASSWORD=$(backup_terms .password)
failed=''
end_staging
mapfile -t stores < <(jq -c '.stores[]' "$BACKUPS_JSON")
have_restic
for i in "${!stores[@]}"; do serve "$i" "${stores[i]}" || failed=yes; done
# Of stores that are asked for no more nothing is said.
for file in "$LOOKED"/*.json; do
  i=${file##*/} i=${i%.json}
  [ ! -e "$file" ] || [ "$i" -lt ${#stores[@]} ] || rm -f "$file"
done
[ -z "$failed" ] || die backup "not every store has its backup; see the lines above and 'rackplane backups'; the next try is within the hour, or now by 'rackplane backup-due now'"
