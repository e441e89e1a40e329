#!/usr/bin/env bash
# receive                      takes a grant on standard input, puts this program in place and runs the grant's verb
# The verb runs as a systemd unit, so a cut connection does not stop it. Progress goes to standard error, the verb's
# result (for `form`: the cluster's keys, encrypted) to standard output and nowhere else.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../receive/shape.sh
. "$BUNDLE/grant/receive/shape.sh"
# shellcheck source=../lib/program.sh
. "$BUNDLE/grant/lib/program.sh"
# shellcheck source=../receive/unit.sh
. "$BUNDLE/grant/receive/unit.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/timers.sh
. "$BUNDLE/grant/lib/timers.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/cloud-provider.sh
. "$BUNDLE/grant/membership/cloud-provider.sh"
# shellcheck source=../membership/judged.sh
. "$BUNDLE/grant/membership/judged.sh"
# shellcheck source=../receive/previous.sh
. "$BUNDLE/grant/receive/previous.sh"
# shellcheck source=../membership/take-back.sh
. "$BUNDLE/grant/membership/take-back.sh"
# shellcheck source=../receive/image.sh
. "$BUNDLE/grant/receive/image.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=../receive/balancer.sh
. "$BUNDLE/grant/receive/balancer.sh"
# shellcheck source=../receive/answer.sh
. "$BUNDLE/grant/receive/answer.sh"
# shellcheck source=../../health/announced.sh
. "$BUNDLE/health/announced.sh"
# shellcheck source=../receive/edits.sh
. "$BUNDLE/grant/receive/edits.sh"
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"

# bash reads a function to its end before it runs it: the files of this program are replaced meanwhile.
main() {
  mkdir -p "$RUNDIR"
  INCOMING=$(mktemp "$RUNDIR/incoming.XXXXXX")
  trap at_exit EXIT
  cat >"$INCOMING"
  complete "$INCOMING"
  check_shape "$INCOMING"
  check_program "$INCOMING"
  check_machine "$INCOMING"
  VERB=$(jq -r .verb "$INCOMING")
  keep_answer_key "$INCOMING"

  # One receiver at a time: a second one would replace the grant that the first one's verb reads.
  exec {RECEIVER}>"$RUNDIR/receiver.lock"
  flock -n "$RECEIVER" || echo "this machine is receiving another grant; waiting for its end" >&2
  until flock -n "$RECEIVER"; do
    wait_for_earlier
    pause "${RACKPLANE_POLL:-0.5}"
  done
  wait_for_earlier
  # Another receiver may have exchanged the program meanwhile.
  check_program "$INCOMING"

  # Changes reach a member by `member` alone, on one machine after the other.
  if [ "$VERB" = join ] && whole; then
    echo "$(uname -n) is a member already; nothing is done" >&2
    return
  fi
  if [ "$VERB" = member ] && whole && judged "$INCOMING"; then
    echo "$(uname -n) has just joined by this grant, and was found healthy" >&2
    return
  fi

  if verb_says writesFacts "$INCOMING"; then
    refuse_edits "$INCOMING"
    refuse_balancing "$INCOMING"
    rm -f "$SILENT_PEERS" "$STANDING"
    if whole; then
      pull_announcer_image "$INCOMING"
      note_peers
    fi
    if settled "$VERB"; then
      keep_previous
      KEPT=yes
    fi
  fi
  install_grant "$INCOMING"
  # An administrator's kubeconfig needs no prepared machine, only the keys.
  [ "$VERB" = kubeconfig ] || [ -e "$RUNDIR/prepared" ] || "$PROGRAM/bin/rackplane" await prepared >/dev/null

  rm -f "$RUNDIR/result.json"
  replace "$RUNDIR/grant.json" 0600 <"$INCOMING" || true
  rm -f "$INCOMING"
  start_unit "$VERB" || {
    rm -f "$RUNDIR/grant.json"
    die start "systemd did not start rackplane-$VERB.service; expected a transient unit; see 'systemctl status rackplane-$VERB' and 'journalctl -b'"
  }
  SEEN_AT_START=$SEEN
  follow_until_over "$VERB"
  finish
}

# at_exit: a verb that was never started, or was killed, has not taken the edit back itself.
# shellcheck disable=SC2317  # a trap calls it
at_exit() {
  rm -f "$INCOMING"
  [ -z "${KEPT:-}" ] || running "$VERB" || take_back
}

# install_grant FILE: installs this program, then what the grant says of the machine. A verb that only asks changes
# neither.
install_grant() {
  verb_says writesFacts "$1" || return 0
  install_program
  jq .node "$1" | place "$NODE_JSON" 0644
  install_proxy
  install_facts "$1"
  "$PROGRAM/bin/rackplane" install >&2
  follow_timers
  follow_ssh_keys
}

# finish: the verb writes its result last, so a result means success.
finish() {
  if [ -s "$RUNDIR/result.json" ]; then
    answer "$RUNDIR/result.json"
    KEPT=
    rm -rf "$RUNDIR/result.json" "$RUNDIR/grant.json" "$PREVIOUS"
    return
  fi
  rm -f "$RUNDIR/grant.json"
  tell_failure "$VERB"
  return 1
}

main "$@"
exit
