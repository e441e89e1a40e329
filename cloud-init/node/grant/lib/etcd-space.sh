# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and WORK are the grant's (lib/grant.sh)
# shellcheck disable=SC2034  # others read IN_USE; members have more fields than each function reads
# How much of etcd's database is used, and how it gets room again. Compaction drops old revisions and leaves their pages
# free inside the file; defragmentation gives them back to the disk. Sourced after lib/etcd.sh and membership/records.sh.

# etcd's own, where it is told none (DefaultQuotaBytes).
DEFAULT_QUOTA=2147483648
# etcd does not answer while it is defragmented, in seconds.
DEFRAGMENT_SECONDS=600

# space_of ADDRESS: sets SIZE, IN_USE and QUOTA in bytes, REVISION, and LEADS: that member leads. etcd tells its quota from
# 3.6 on; one before it is taken for as large as this machine's.
space_of() {
  local own leader words
  words=$(etcd_call "$1" maintenance/status '{}') || return 1
  { read -r own leader SIZE IN_USE QUOTA REVISION; } < <(jq -r '[.header.member_id, .leader // "0", .dbSize // "0",
    .dbSizeInUse // "0", .dbSizeQuota // "0", .header.revision // "0"] | join(" ")' <<<"$words") || true
  if [ "${QUOTA:-0}" = 0 ]; then
    QUOTA=$(sed -n 's/^ *- --quota-backend-bytes=//p' "$KUBERNETES/manifests/etcd.yaml" 2>/dev/null) || true
    QUOTA=${QUOTA:-$DEFAULT_QUOTA}
  fi
  LEADS=
  [ "$own" != "$leader" ] || LEADS=yes
}

mib() { echo "$(($1 / 1048576)) MiB"; }

# alarms: those that etcd has raised, one a line: kind and member ID.
alarms() {
  local words
  words=$(etcd_ask maintenance/alarm '{"action": "GET"}') || return 1
  # The usual answer has none, and starting jq takes most of the time.
  [[ $words != *'"alarms"'* ]] || jq -r '.alarms[] | "\(.alarm) \(.memberID)"' <<<"$words"
}

# out_of_space: a member has used up its quota, so the cluster takes no writes, the lock's included.
out_of_space() {
  local found
  found=$(alarms 2>/dev/null) && grep -q '^NOSPACE ' <<<"$found"
}

# compact: drops every revision but the present one. The API server does so every five minutes, by a write.
compact() {
  local words
  space_of "$ADDRESS" || return 1
  words=$(etcd_curl -m 60 -d "{\"revision\": \"$REVISION\", \"physical\": true}" "https://$ADDRESS:2379/v3/kv/compaction" 2>&1) ||
    [[ $words == *" 400"* ]] || { # that revision is compacted already
    printf '%s\n' "$words"
    return 1
  }
}

# defragment_at ADDRESS: that member gives its free pages back; meanwhile it answers nothing. Cut anywhere, its database
# is the one from before or the new one.
defragment_at() { etcd_curl -m "$DEFRAGMENT_SECONDS" -d '{}' "https://$1:2379/v3/maintenance/defragment" >/dev/null; }

# members_by_turn: the addresses of the voting members, the leader's last.
members_by_turn() {
  local id name address role last=
  while IFS=$'\t' read -r id name address role; do
    [ "$role" = voting ] || continue
    space_of "$address" || return 1
    if [ -n "$LEADS" ]; then last=$address; else echo "$address"; fi
  done <"$WORK/members"
  [ -z "$last" ] || echo "$last"
}

# full_members: those that have not a tenth of their quota free, in words, one a line. With less, the alarm would be back
# soon.
full_members() {
  local id name address role
  while IFS=$'\t' read -r id name address role; do
    space_of "$address" || {
      echo "$name at $address does not answer"
      continue
    }
    [ $((SIZE * 10)) -lt $((QUOTA * 9)) ] || echo "$name has $(mib "$SIZE") of $(mib "$QUOTA")"
  done <"$WORK/members"
}

# disarm: takes back each alarm of no space.
disarm() {
  local kind member
  while read -r kind member; do
    [ "$kind" != NOSPACE ] || etcd_ask maintenance/alarm "{\"action\": \"DEACTIVATE\", \"memberID\": \"$member\", \"alarm\": \"NOSPACE\"}" >/dev/null || return 1
  done < <(alarms)
}

# make_space: compacts, defragments one member after the other, and takes the alarm back where every member has room.
# Fails, saying which have none, where they have not. There is no lock: it is a write, which etcd refuses now. That every
# member has to be healthy before each keeps two machines from doing this at once.
make_space() {
  local address turns full
  say space start "etcd has used up its quota and takes no writes: it is compacted and defragmented, one member at a time"
  await space 60 "etcd to drop its old revisions" compact
  await space "$DEADLINE" "every member of etcd to be healthy" every_member_healthy
  turns=$(members_by_turn) || die space "a member of etcd does not tell its size; expected every member to answer; see 'rackplane status' and run this again"
  for address in $turns; do
    await space "$DEADLINE" "every member of etcd to be healthy" every_member_healthy
    say space wait "the member at $address is defragmented"
    defragment_at "$address" || die space "the member of etcd at $address was not defragmented; expected room for a second copy of its database on that disk; see 'df' there, and run this again"
  done
  await space "$DEADLINE" "every member of etcd to be healthy" every_member_healthy
  full=$(full_members)
  [ -z "$full" ] || {
    say space wait "no room was made: ${full//$'\n'/, }"
    return 1
  }
  await space 60 "etcd to take back its alarm" disarm
  say space "done" "etcd takes writes again: its alarm is taken back"
}

every_member_healthy() {
  local EXCUSED=
  healthy_etcd
}
