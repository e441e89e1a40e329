# shellcheck shell=bash
# A machine that has just joined was judged by its join, beside the others that joined. The first `member` of the same
# grant finds that and asks nothing again; any other grant, a later one or a reboot has it ask.
# Sourced after common.sh.

# The hash of what the grant says, and the result that `member` gives.
JUDGED=$RUNDIR/judged
# In microseconds. Machines that join side by side take less, and longer ago says little of a machine.
JUDGED_FOR=300000000

# said_by FILE: a hash of the grant without its verb and what `join` alone is told.
said_by() { jq -cS 'del(.verb, .inTurn)' "$1" | sha256sum | cut -d' ' -f1; }

# note_judgement: for `join`, once its machine is healthy.
note_judgement() {
  tell_uptime
  { printf '%s %s\n' "$UPTIME" "$(said_by "$GRANT")" && member_result; } | place "$JUDGED" 600
}

# judged FILE: prints the result of `member` where the machine was judged by the very grant in FILE; once.
judged() {
  local at hash result
  { read -r at hash && result=$(cat); } 2>/dev/null <"$JUDGED" || return 1
  rm -f "$JUDGED"
  tell_uptime
  [ $((UPTIME - at)) -le "$JUDGED_FOR" ] && [ "$hash" = "$(said_by "$1")" ] && printf '%s\n' "$result"
}

# member_result: this machine's entry among the members, as they were when all of them were healthy.
member_result() {
  local members entry
  members=$(<"$WORK/members")
  entry=$(etcd_entry "$members")
  jq -n --arg name "$NAME" --arg id "$(printf %x "${entry%%$'\t'*}")" --argjson members "$(wc -l <<<"$members")" \
    '{$name, etcdMemberId: $id, $members}'
}
