# shellcheck shell=bash
# A verb holds the VIP back from this machine: it keeps a file locked, and the announcer looks at the lock. A verb that
# was killed holds nothing back. Sourced after common.sh.

HELD_BACK=$RUNDIR/held-back

# begin_holding_back: again where it does so already, is nothing.
begin_holding_back() {
  [ -z "${HOLDING_BACK:-}" ] || return 0
  exec {HOLDING_BACK}>"$HELD_BACK"
  # The announcer has it for the moment in which it looks.
  flock -w 10 "$HOLDING_BACK" || die change "$HELD_BACK is locked by another process; expected by none: see 'fuser -v $HELD_BACK'"
}

end_holding_back() {
  [ -n "${HOLDING_BACK:-}" ] || return 0
  rm -f "$HELD_BACK"
  exec {HOLDING_BACK}>&-
  HOLDING_BACK=
}

# held_back: a verb that runs holds the VIP back. Nothing is forked while there is no such file.
held_back() { [ -e "$HELD_BACK" ] && ! flock --nonblock "$HELD_BACK" true; }
