# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS is the grant's (lib/grant.sh)
# A copy of etcd's data, taken from this machine's own member and kept on its disk: the way back that an upgrade has.
# `etcdutl snapshot restore` reads it. Sourced after lib/etcd.sh.

# Root's alone: a snapshot holds every Secret of the cluster.
SNAPSHOTS=$STATE/snapshots
MOST_SNAPSHOTS=3

# keep_snapshot WORD: as SNAPSHOTS/etcd-TIME-WORD.db; of older ones the newest stay. etcd streams it as JSON, a piece of the
# data a line.
keep_snapshot() {
  local file old
  file=$SNAPSHOTS/etcd-$(date -u +%Y%m%dT%H%M%SZ)-$1.db
  mkdir -p "$SNAPSHOTS"
  chmod 700 "$SNAPSHOTS"
  rm -f "$SNAPSHOTS"/*.part
  say snapshot start "etcd's data goes to $file"
  take_snapshot "$file.part" ||
    die snapshot "etcd's data could not be copied to $file; expected room on that disk and a healthy etcd; nothing was changed; correct that and run 'pulumi up' again"
  sync "$file.part"
  mv "$file.part" "$file"
  while IFS= read -r old; do rm -f "$old"; done < <(find "$SNAPSHOTS" -name 'etcd-*.db' | sort -r | tail -n "+$((MOST_SNAPSHOTS + 1))")
}

# take_snapshot FILE: etcd's data as it is now, whole.
take_snapshot() {
  { etcd_curl -m "$DEADLINE" -d '{}' "https://$ADDRESS:2379/v3/maintenance/snapshot" | jq -r .result.blob | base64 -d >"$1"; } && sound_snapshot "$1"
}

# sound_snapshot FILE: etcd adds the SHA-256 of a snapshot to its end. Pages of its database are a multiple of 512 bytes.
sound_snapshot() {
  local size sum
  size=$(stat -c %s "$1")
  [ "$size" -gt 32 ] && [ $((size % 512)) = 32 ] || return 1
  sum=$(head -c -32 "$1" | sha256sum | cut -d' ' -f1)
  [ "$(tail -c 32 "$1" | od -An -v -tx1 | tr -d ' \n')" = "$sum" ]
}
