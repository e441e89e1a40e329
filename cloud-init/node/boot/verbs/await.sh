#!/usr/bin/env bash
# await prepared [SECONDS]     shows prepare's progress until it ended, then this machine's SSH host key
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"

[ "${1:-}" = prepared ] || {
  echo "usage: rackplane await prepared [SECONDS]" >&2
  exit 64
}
unit=rackplane-prepare.service

# The sum of what the steps may wait, and two minutes for the rest. Without jq, which may not be here yet: an hour.
limit=${2:-$(jq -e '.deadlines | .metadata + .bgpNeighbors + 3 * .downloads + 120' "$NODE_JSON" 2>/dev/null || echo 3600)}
# Lines of the status file shown; the last of them; when the last attempt began and when it failed.
shown=0 words='' attempt='' failed=''

# A prepare that gave up earlier is tried again: the person who asks has probably mended something.
if systemctl is-failed --quiet "$unit"; then
  echo "prepare had failed on this machine; starting it again" >&2
  systemctl reset-failed "$unit"
  systemctl start --no-block "$unit"
  # Only lines from now on tell whether the new attempt helps.
  [ ! -e "$STATUS" ] || shown=$(wc -l <"$STATUS")
fi

# show_progress: prints the lines of this boot's status file that were not printed yet; keeps the last one.
show_progress() {
  local time verb step state message
  # Before prepare has started, the file is the last boot's.
  [ -e "$RUNDIR/preparing" ] && [ -e "$STATUS" ] || return 0
  while IFS=$'\t' read -r time verb step state message; do
    shown=$((shown + 1))
    [ "$verb" = prepare ] || continue
    words="$step: $state: $message"
    printf '%(%T)T %s\n' "${time%.*}" "${words/: start:/:}" >&2
    if [ "$step $state" = "prepare start" ]; then attempt=$time failed=''; fi
    [ "$state" != failed ] || failed=$time
  done < <(tail -n "+$((shown + 1))" "$STATUS")
}

# gave_up: systemd restarts an attempt that failed soon, since a mirror's hiccup passes. It does not restart
# for ever; and an attempt that waited for minutes has shown that waiting does not help.
gave_up() {
  systemctl is-failed --quiet "$unit" && return 0
  [ -n "$failed" ] && [ $((${failed%.*} - ${attempt%.*})) -ge 120 ]
}

report_failure() {
  echo "this machine is not prepared: $1; last progress: ${words:-none, prepare has not started}" >&2
  journalctl -u "$unit" -n 30 --no-pager -o cat >&2 || true
  exit 1
}

deadline=$((SECONDS + limit))
until [ -e "$RUNDIR/prepared" ]; do
  show_progress
  ! gave_up || report_failure "prepare failed"
  [ "$SECONDS" -lt "$deadline" ] || report_failure "waited $limit s for it"
  pause "${RACKPLANE_POLL:-0.5}"
done
show_progress

key=$ROOT/etc/ssh/ssh_host_ed25519_key.pub
[ -s "$key" ] || report_failure "it has no $key, by which it would be recognised from now on: create it with 'ssh-keygen -A'"
# Without the comment, which names whatever machine the key was made on.
cut -d' ' -f1,2 "$key"
