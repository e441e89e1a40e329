# shellcheck shell=bash
# A member whose edit failed has its earlier settings again: Pulumi keeps the earlier inputs of a command that failed, so
# a person who takes the edit back would be told that nothing has to be done, while the machine still had the bad one.
# Sourced after grant.sh and receive/previous.sh.

# take_back: runs when the verb ends (ENDINGS); a result means that it ended well.
take_back() {
  [ -d "$PREVIOUS" ] || return 0
  if [ -s "$RESULT" ]; then
    rm -rf "$PREVIOUS"
    return
  fi
  restore_previous
  "$BUNDLE/bin/rackplane" install >&2
  echo "$VERB: this machine has its earlier settings again" >&2
}
