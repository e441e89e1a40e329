#!/usr/bin/env bash
# take-back                    at a boot: gives this machine its earlier settings, where an edit was cut before its end
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../receive/previous.sh
. "$BUNDLE/grant/receive/previous.sh"
# shellcheck source=../membership/take-back.sh
. "$BUNDLE/grant/membership/take-back.sh"

mkdir -p "$RUNDIR"
# A grant that comes this early takes the place of the one that was cut, and keeps what is kept.
exec {RECEIVER}>"$RUNDIR/receiver.lock"
flock -n "$RECEIVER" || exit 0
take_back
