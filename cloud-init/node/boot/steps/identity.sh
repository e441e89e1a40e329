#!/usr/bin/env bash
# Who am I? Where no metadata tells it all: identity.json, written over SSH, and the machine's own interfaces.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/identity.sh
. "$BUNDLE/boot/lib/identity.sh"

if is '.machine.kind == "ssh"'; then
  name=$(field "$IDENTITY_JSON" .name) ||
    die identity "$IDENTITY_JSON does not say this machine's name; it comes over SSH before anything else: run 'pulumi up'"
  # The Node and the etcd member are named as the program names the machine.
  mine=$(uname -n)
  [ "${mine%%.*}" = "$name" ] ||
    die identity "this machine's host name is '$mine', the program calls it '$name': run 'hostnamectl set-hostname $name', or correct the name in the program"
fi

# The network may come up late, so the address is waited for; the deadline ends the wait for a wrong one.
has_interface() {
  compose_machine || return 1
  ip -j -4 address show dev "$(machine .interface)" |
    jq -e --arg address "$(machine .address)" 'any(.[].addr_info[]?; .local == $address)' >/dev/null ||
    {
      echo "interface $(machine .interface) does not have $(machine .address); see 'ip address', and correct the interface or the address in the program"
      return 1
    }
}
await identity "$(node .deadlines.metadata)" "this machine's address on its interface" has_interface
