# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and DEADLINE are the grant's (lib/grant.sh)
# What the verbs share that a member's own timers ask for: they change the machine as `member` does, and judge it at the end.
# Sourced after common.sh, role.sh and lib/grant.sh.

# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/join.sh
. "$BUNDLE/grant/membership/join.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/versions.sh
. "$BUNDLE/grant/lib/versions.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=/dev/null  # ../change/change.sh, checked by itself
. "$BUNDLE/grant/change/change.sh"

# shellcheck disable=SC2034  # health.sh reads it
MEMBER_BEFORE=yes

# judge_member VERB: the machine is healthy, those excused that were ill before; the verb has its result.
judge_member() {
  await "$1" "$DEADLINE" "a quorum of etcd to answer" know_members
  excuse_the_ill "$(<"$WORK/members")"
  await_health
  jq -n --arg name "$NAME" '{$name}' | publish
}
