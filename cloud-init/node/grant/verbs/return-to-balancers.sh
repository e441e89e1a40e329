#!/usr/bin/env bash
# return-to-balancers          when a verb has ended, also by a kill: balancers lead clients to this machine again
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../change/leave-balancers.sh
. "$BUNDLE/grant/change/leave-balancers.sh"

return_to_balancers
