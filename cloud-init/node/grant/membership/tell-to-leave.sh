# shellcheck shell=bash
# shellcheck disable=SC2154  # OTHERS and ADDRESS are the grant's (lib/grant.sh)
# A machine that lives and has no connection of Pulumi's any more is told to leave through its own kubelet, by a pod that
# starts the verb `leave` on it. It answers at its Node. Sourced after change/change.sh.

# The Node's annotation: the words with which it was told, and "begun", "ready" or "failed".
LEAVE_ANSWER=rackplane/leave
# The machine ends first what its own timers have started.
ANSWER_SECONDS=90
READY_SECONDS=180

# tell_to_leave NODE: until it is ready. Fails where it does not answer: kubelet does not run, or its program is too old.
tell_to_leave() {
  local token pod=rackplane-leave-$1 tries said=
  token=$(od -An -N8 -tx1 /dev/urandom | tr -d ' \n')
  await retire 60 "an earlier pod $pod to be gone" ask_cluster -n kube-system delete pod "$pod" --ignore-not-found --grace-period 0 --force
  leave_pod "$1" "$token" >"$WORK/leave-pod.json" || die retire "the pod that tells $1 to leave could not be composed; expected the Node in the cluster's list; nothing was removed; run 'pulumi up' again"
  await retire 60 "the pod $pod, which tells $1 to leave, to be made" ask_cluster create -f "$WORK/leave-pod.json"
  for ((tries = 0; tries < ANSWER_SECONDS; tries++)); do
    said=$(answer_of "$1" "$token")
    if [ -n "$said" ] || ! ready_node "$1"; then break; fi
    pause "${RACKPLANE_POLL:-1}"
  done
  [ -n "$said" ] || {
    say retire wait "$1 has not answered within $ANSWER_SECONDS s, or its kubelet has gone silent: it counts as dead"
    return 1
  }
  await retire "$READY_SECONDS" "$1 to be ready to leave; see 'journalctl -u rackplane-leave' on it; nothing was removed: run 'pulumi up' again" ready_to_leave "$1" "$token"
}

# leave_pod NODE TOKEN: with the sandbox's image, which every machine has. A Node names the largest fifty of its images alone;
# where that one is not among them, it is this machine's.
leave_pod() {
  jq --arg node "$1" --arg token "$2" --arg mark "$LEAVE_LABEL" --arg image "$(node .images.sandbox)" \
    --arg addresses "$ADDRESS $OTHERS" -f "$BUNDLE/grant/jq/leave-pod.jq" "$NODES"
}

# answer_of NODE TOKEN
answer_of() {
  local said
  said=$(ask_cluster get node "$1" -o json 2>/dev/null | jq -r --arg key "$LEAVE_ANSWER" '.metadata.annotations[$key] // ""') || return 0
  [[ $said != "$2 "* ]] || printf '%s\n' "${said#"$2 "}"
}

ready_to_leave() {
  local said
  said=$(answer_of "$1" "$2")
  [ "$said" = ready ] || {
    echo "${said:-no answer}"
    return 1
  }
}
