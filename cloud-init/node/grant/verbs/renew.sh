#!/usr/bin/env bash
# renew                        makes this machine's certificates anew, where they are due; what its timer asks for
# It does of a member's changes this one alone: an upgrade that was cut off waits for a person.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
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
# shellcheck source=../membership/ended.sh
. "$BUNDLE/grant/membership/ended.sh"

granted renew
whole || die renew "this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
# A verb has the cluster's keys from its grant; here they are those of the machine.
ln -s "$PKI" "$WORK/pki"
# shellcheck disable=SC2034  # health.sh reads it
MEMBER_BEFORE=yes
mend_ended
end_without_quorum
change_machine certificates
await renew "$DEADLINE" "a quorum of etcd to answer" know_members
excuse_the_ill "$(<"$WORK/members")"
await_health
jq -n --arg name "$NAME" '{$name}' | publish
say renew "done" "this machine is healthy with its certificates"
