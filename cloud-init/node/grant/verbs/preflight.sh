#!/usr/bin/env bash
# preflight                    tells everything that keeps this machine from being one of the cluster, and changes nothing
# The request is on standard input, the answer is one line of JSON on standard output. On a machine without this
# program, the launcher's own copy runs and is removed afterwards.
set -euo pipefail
ROOT=${RACKPLANE_ROOT:-}
# shellcheck source=../preflight/findings.sh
. "$RACKPLANE_BUNDLE/grant/preflight/findings.sh"
# shellcheck source=../preflight/foreign.sh
. "$RACKPLANE_BUNDLE/grant/preflight/foreign.sh"
# shellcheck source=../preflight/system.sh
. "$RACKPLANE_BUNDLE/grant/preflight/system.sh"
# shellcheck source=../preflight/network.sh
. "$RACKPLANE_BUNDLE/grant/preflight/network.sh"
# shellcheck source=../lib/etcd-directory.sh
. "$RACKPLANE_BUNDLE/grant/lib/etcd-directory.sh"
# shellcheck source=../preflight/software.sh
. "$RACKPLANE_BUNDLE/grant/preflight/software.sh"

# Every check runs, whatever the one before has found.
preflight() {
  local check
  read_request
  set +e
  for check in root distribution size clock hostname swap programs default_route address vip_on_link vip_off_link ports cluster etcd_directory vip; do
    "check_$check"
  done
  report
}
preflight
