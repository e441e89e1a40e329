#!/usr/bin/env bash
# renew-due                    what the timer runs once a day: 'renew' on this machine, where a certificate is due
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../../health/certificates.sh
. "$BUNDLE/health/certificates.sh"
# shellcheck source=../change/certificates.sh
. "$BUNDLE/grant/change/certificates.sh"

whole || die renew-due "this machine is no member of the cluster; expected one; 'systemctl disable --now rackplane-certificates.timer' turns the timer off"
[ -n "$(due_certificates)" ] || exit 0
name=$(uname -n)
# By `receive`, so that no other verb runs at the same time.
jq -cn --arg name "${name%%.*}" --arg address "$(machine .address)" '{verb: "renew", machine: {$name, $address}}' |
  bash "$BUNDLE/bin/rackplane" receive
