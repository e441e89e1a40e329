# shellcheck shell=bash
# A verb runs as a transient systemd unit, which outlives the SSH connection that started it. This file starts the unit,
# follows it through the status file and reports its end.

mapfile -t GRANTED_VERBS < <(jq -r '.granted | keys[]' "$BUNDLE/verbs.json")
# Number of lines of the status file that were shown already, or that are older than the verb.
SEEN=0
STARTED=$EPOCHREALTIME

status_lines() { if [ -e "$STATUS" ]; then wc -l <"$STATUS"; else echo 0; fi; }

# follow VERB: shows what that verb has said since the last call.
follow() {
  local time verb step state message count
  count=$(status_lines)
  [ "$count" != "$SEEN" ] || return 0
  [ "$count" -gt "$SEEN" ] || SEEN=0 # the file starts anew at boot
  while IFS=$'\t' read -r time verb step state message; do
    [ "$verb" != "$1" ] ||
      printf '%s +%d s  %s %s: %s\n' "$(uname -n)" $((${time%.*} - ${STARTED%.*})) "$verb" "$step" \
        "$([ "$state" = start ] || printf '%s: ' "$state")$message" >&2
  done < <([ ! -e "$STATUS" ] || head -n "$count" "$STATUS" | tail -n "+$((SEEN + 1))")
  SEEN=$count
}

running() {
  case $(systemctl show --property ActiveState --value "rackplane-$1.service") in
  active | activating | deactivating | reloading) ;;
  *) return 1 ;;
  esac
}

# follow_until_over VERB
follow_until_over() {
  while running "$1"; do
    follow "$1"
    pause "${RACKPLANE_POLL:-0.25}"
  done
  follow "$1"
}

# wait_for_earlier: a cut connection leaves its verb running; that verb must end before another one starts.
wait_for_earlier() {
  local unit verb
  # One question about all of them: systemd is slow to answer each.
  while unit=$(running_unit) && [ -n "$unit" ]; do
    verb=${unit#rackplane-} verb=${verb%.service}
    echo "'$verb' still runs on this machine, started over an earlier connection; waiting for its end" >&2
    follow_until_over "$verb"
  done
}

# running_unit: the first unit of a verb that runs; nothing when none does.
running_unit() {
  local units=("${GRANTED_VERBS[@]/#/rackplane-}")
  systemctl show --property Id --property ActiveState "${units[@]/%/.service}" |
    awk -F= '$1 == "Id" { id = $2 } $1 == "ActiveState" { state = $2 }
      id != "" && state != "" { if (state ~ /^(active|activating|deactivating|reloading)$/) { print id; exit } id = state = "" }'
}

# start_unit VERB: Type=exec and not oneshot, so that systemd-run returns once the verb runs. ExecStopPost wipes the
# grant even after a SIGKILL, and ends what a change refused; RuntimeMaxSec ends a verb that its own deadlines failed to end.
start_unit() {
  systemctl reset-failed "rackplane-$1.service" 2>/dev/null || true
  SEEN=$(status_lines) STARTED=$EPOCHREALTIME
  systemd-run --quiet --unit "rackplane-$1" --description "Rackplane: $1" \
    --property Type=exec --property RuntimeMaxSec=10800 \
    --property "ExecStopPost=-/bin/rm -rf $RUNDIR/grant.json $RUNDIR/work" \
    --property "ExecStopPost=-$PROGRAM/bin/rackplane return-to-balancers" \
    --setenv "RACKPLANE_VERB=$1" --setenv HOME=/root "$PROGRAM/bin/rackplane" "$1" >&2
}

# tell_failure VERB: the step that failed and the journal's last words. The verb never logs a secret.
tell_failure() {
  local last
  last=$(tail -n "+$((SEEN_AT_START + 1))" "$STATUS" 2>/dev/null | awk -F'\t' -v verb="$1" '$2 == verb { line = $3 ": " $5 } END { print line }')
  echo "'$1' failed on $(uname -n), at ${last:-its very start}" >&2
  echo "last lines of 'journalctl -u rackplane-$1':" >&2
  # With --since, journalctl's own -n counts from the beginning.
  journalctl -u "rackplane-$1" --since "@${STARTED%.*}" --no-pager -o cat | tail -n 30 >&2 || true
}
