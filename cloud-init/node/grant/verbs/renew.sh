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
# shellcheck source=/dev/null  # ../change/by-timer.sh, checked by itself
. "$BUNDLE/grant/change/by-timer.sh"
# shellcheck source=../membership/ended.sh
. "$BUNDLE/grant/membership/ended.sh"

granted_to_member renew
mend_ended
end_without_quorum
change_machine certificates
judge_member renew
say renew "done" "this machine is healthy with its certificates"
