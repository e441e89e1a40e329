# shellcheck shell=bash
# What the platform's metadata service says about this machine. Sourced after common.sh.

# fetch_metadata: asks once. An answer that names this machine and its private address replaces the
# cache (0600: it may hold a BGP password); anything else fails with what was wrong.
fetch_metadata() {
  local url answer
  # Chained by hand: `set -e` is off in a function whose result is tested.
  url=$(node .machine.metadataUrl) && mkdir -p "$STATE" && answer=$(mktemp "$STATE/.metadata.XXXXXX") || return 1
  # The service knows a machine by its source address: through a proxy it would answer for the proxy's machine.
  if ! curl -fsS --noproxy '*' --connect-timeout 3 -m 10 -o "$answer" "$url"; then
    rm -f "$answer"
    return 1
  fi
  if ! jq -e -f "$BUNDLE/boot/jq/identity.jq" "$answer" >/dev/null; then
    rm -f "$answer"
    echo "$url answered without a hostname and a managed private IPv4 address (network.addresses[] with address_family 4, public false, management true)"
    return 1
  fi
  mv -f "$answer" "$METADATA_JSON"
}
