# shellcheck shell=bash
# Who this machine is, where its metadata does not say whom it speaks BGP with. Sourced after common.sh and role.sh.

# interface_of ADDRESS: the interface that has this IPv4 address.
interface_of() {
  ip -j -4 address show |
    jq -re --arg address "$1" 'first(.[] | select(any(.addr_info[]?; .local == $address)) | .ifname)'
}

# own_identity: {name, address, gateway?, interface?, peers?} from identity.json or from the metadata.
own_identity() {
  if is '.machine.kind == "ssh"'; then
    cat "$IDENTITY_JSON"
  else
    # A grant says who this machine's BGP peers are; the platform says the rest.
    jq -f "$BUNDLE/boot/jq/identity.jq" "$METADATA_JSON" | with_granted_peers
  fi
}

with_granted_peers() {
  jq --slurpfile granted <(cat "$IDENTITY_JSON" 2>/dev/null || echo null) '. + {peers: $granted[0].peers}'
}

# compose_machine: writes machine.json; fails with what was wrong.
compose_machine() {
  local identity address interface document
  identity=$(own_identity) || return 1
  address=$(jq -re .address <<<"$identity") || {
    echo "$IDENTITY_JSON has no address; send it anew with 'pulumi up'"
    return 1
  }
  interface=$(jq -r '.interface // empty' <<<"$identity")
  interface=${interface:-$(interface_of "$address")} ||
    {
      echo "no interface of this machine has $address; see 'ip address', and correct the address in the program"
      return 1
    }
  document=$(jq --slurpfile identity <(printf '%s' "$identity") --arg interface "$interface" \
    --slurpfile secrets <(cat "$SECRETS_JSON" 2>/dev/null || echo '{}') -f "$BUNDLE/boot/jq/composed-machine.jq" "$NODE_JSON") || return 1
  place "$MACHINE_JSON" 600 <<<"$document"
}
