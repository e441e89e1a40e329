# shellcheck shell=bash
# A machine whose edit failed has its earlier settings again: Pulumi keeps the earlier inputs of a command that failed, so
# a person who takes the edit back would be told that nothing has to be done, while the machine still had the bad one.
# Sourced after receive/previous.sh.

# shellcheck source=../lib/proxy.sh
. "$BUNDLE/grant/lib/proxy.sh"
# shellcheck source=../lib/timers.sh
. "$BUNDLE/grant/lib/timers.sh"
# shellcheck source=../lib/ssh-keys.sh
. "$BUNDLE/grant/lib/ssh-keys.sh"
# shellcheck source=../lib/static-pods.sh
. "$BUNDLE/grant/lib/static-pods.sh"
# shellcheck source=../lib/kubelet.sh
. "$BUNDLE/grant/lib/kubelet.sh"

# take_back: runs when a verb ends (ENDINGS), when `receive` ends without one, and at a boot after both were cut. A
# result means that the verb ended well.
take_back() {
  local kubelet
  # A machine that joins anew has no earlier settings: they went with its membership.
  if [ -e "$JOINING" ]; then
    settle_change
    rm -rf "$PREVIOUS"
    return 0
  fi
  # Before the files that the pods read: those that an earlier manifest names are here as long as it may come back.
  [ -s "$RUNDIR/result.json" ] || undo_change
  settle_change
  [ -d "$PREVIOUS" ] || return 0
  if [ ! -s "$RUNDIR/result.json" ]; then
    kubelet=$(cat "$KUBELET_CONFIG" "$KUBELET_FLAGS" 2>/dev/null) || true
    mkdir -p "$RUNDIR"
    cp "$KUBELET_CONFIG" "$RUNDIR/kubelet-tried" 2>/dev/null || true
    restore_previous
    install_proxy
    "${PROGRAM:-$BUNDLE}/bin/rackplane" install >&2
    follow_timers
    follow_ssh_keys
    # A worker's packets go again where they went before.
    [ ! -e "$ROOT/etc/rackplane/local-balancer.cfg" ] || "${PROGRAM:-$BUNDLE}/bin/rackplane" lead >&2 || true
    [ "$kubelet" = "$(cat "$KUBELET_CONFIG" "$KUBELET_FLAGS" 2>/dev/null)" ] || restart_kubelet "$RUNDIR/kubelet-tried" --no-block
    # Not by `say`: the last line of progress is to be the step that failed.
    echo "$VERB: this machine has its earlier settings again" >&2
  fi
  rm -rf "$PREVIOUS"
}
