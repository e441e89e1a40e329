# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, OTHERS and VIP are the grant's (lib/grant.sh)
# A change of a machine that is a member or a worker already: what its settings ask for and what it runs with differ, and
# more than a file is needed. changes.json lists the kinds of change in the order in which they are done; each is a file
# of its name beside this one with these functions, NAME with _ for -:
#   due_NAME        prints why the machine is changed, in a sentence; nothing when it is as it should be
#   prepare_NAME    what can be done while the machine still serves: downloads, copies. May be left out
#   do_NAME         the change itself. It may have been cut anywhere before, and ends with the machine as it should be
# `stopsApiServer`: this machine's API server or etcd stops for a while, so another machine holds the VIP meanwhile
#   (hold-back.sh), and balancers lead to others (leave-balancers.sh); unless spares_NAME, where there is one, says that
#   this time neither stops.
# `drains`: ordinary pods leave first, where the machine has some (drain.sh).
# One machine at a time, by the cluster's lock (lock.sh). Sourced after lib/grant.sh, lib/cluster.sh and health/health.sh.

CHANGES=$BUNDLE/grant/change/changes.json
# shellcheck source=../lib/static-pods.sh
. "$BUNDLE/grant/lib/static-pods.sh"
# shellcheck source=../membership/authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"
# shellcheck source=../lib/etcd-space.sh
. "$BUNDLE/grant/lib/etcd-space.sh"
# shellcheck source=../membership/space.sh
. "$BUNDLE/grant/membership/space.sh"
# shellcheck source=cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=lock.sh
. "$BUNDLE/grant/change/lock.sh"
# shellcheck source=hold-back.sh
. "$BUNDLE/grant/change/hold-back.sh"
# shellcheck source=leave-balancers.sh
. "$BUNDLE/grant/change/leave-balancers.sh"
# shellcheck source=own-clients.sh
. "$BUNDLE/grant/change/own-clients.sh"
# shellcheck source=drain.sh
. "$BUNDLE/grant/change/drain.sh"
while IFS= read -r change; do
  # shellcheck source=/dev/null  # each is checked by itself
  . "$BUNDLE/grant/change/$change.sh"
done < <(jq -r '.[].name' "$CHANGES")

# The changes that are due on this machine, in order.
DUE=()

# change_machine [NAME...]: does what is due, of all changes or of those named; nothing is asked and nothing waits where
# nothing is. Afterwards the machine may hold the VIP again, and the lock is its own until the verb ends: its health is
# judged before another machine is changed.
change_machine() {
  local stops=
  know_due "$@"
  forget_preparations
  if [ ${#DUE[@]} -gt 0 ]; then
    each_due prepare
    take_lock 1
    await_others
    if stops_api_server; then
      stops=yes
      hold_back
    fi
    if [ -n "$(due_with drains)" ]; then drain; fi
    # Last, since pods on the balancers' machines are refused with them.
    if [ -n "$stops" ]; then leave_balancers; fi
    # Pods may have taken minutes to leave. From here on a half-changed machine is worse than a lost lock.
    await_lock
    await_others
    each_due "do"
  fi
  await_uncordoned
  return_to_balancers
  let_go
}

# know_due [NAME...]: sets DUE, of all changes or of those named, and says why. Names come from the list, so that a verb
# reads them in its order.
know_due() {
  local name sentence
  DUE=()
  while IFS= read -r name; do
    [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
    # In a subshell `die` ends that alone.
    sentence=$("due_${name//-/_}") || exit 1
    [ -n "$sentence" ] || continue
    DUE+=("$name")
    say change start "$sentence"
  done < <(jq -r --arg role "$(role)" '.[] | select(.roles | index($role)) | .name' "$CHANGES")
}

# due_with FIELD: those of the due changes that have that field, one a line.
due_with() {
  jq -r --arg field "$1" '.[] | select(.[$field] and (.name | IN($ARGS.positional[]))) | .name' "$CHANGES" --args "${DUE[@]}"
}

stops_api_server() {
  local name
  for name in $(due_with stopsApiServer); do
    if ! declare -F "spares_${name//-/_}" >/dev/null || ! "spares_${name//-/_}"; then return 0; fi
  done
  return 1
}

# each_due prepare|do
each_due() {
  local name
  for name in "${DUE[@]}"; do
    if [ "$1" = "do" ] || declare -F "$1_${name//-/_}" >/dev/null; then "$1_${name//-/_}"; fi
  done
}

# await_others: a machine is changed only while every other one could go on without it.
await_others() {
  [ "$(role)" = control-plane ] || return 0
  await change "$DEADLINE" "every other member to be healthy before this one is changed; nothing was changed here yet: bring back what is named, or replace its machine" others_well
}

# others_well: no etcd member is ill or a learner, and every other API server is ready. What was ill before the verb began
# is no excuse here; SPARED is the ID of the one that is about to leave.
others_well() {
  # shellcheck disable=SC2034  # healthy_etcd reads it
  local address EXCUSED=${SPARED:-}
  healthy_etcd || return 1
  for address in $OTHERS; do
    api_ready "$address" || {
      echo "the API server at $address is not ready"
      return 1
    }
  done
}
