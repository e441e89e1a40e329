#!/usr/bin/env bash
# preflight                    tells everything that keeps this machine from being one of the cluster, and changes nothing
# The request is on standard input, the answer is one line of JSON on standard output. Without this program on
# the machine: `preflightProgram` (cloud-init/preflight.ts) makes one text of these files for `bash -s`.
set -euo pipefail
ROOT=${RACKPLANE_ROOT:-}
# shellcheck source=../preflight/findings.sh
. "$RACKPLANE_BUNDLE/preflight/findings.sh"
# shellcheck source=../preflight/system.sh
. "$RACKPLANE_BUNDLE/preflight/system.sh"
# shellcheck source=../preflight/network.sh
. "$RACKPLANE_BUNDLE/preflight/network.sh"
# shellcheck source=../preflight/software.sh
. "$RACKPLANE_BUNDLE/preflight/software.sh"

# Every check, whatever the one before has found.
preflight() {
  local check
  read_request
  set +e
  for check in root distribution size clock hostname swap programs default_route address vip_on_link ports cluster vip; do
    "check_$check"
  done
  report
}
preflight
