# shellcheck shell=bash
# shellcheck disable=SC2153  # WORK is that of the verb that asks

# healthy_metadata: leaves the answer in $WORK/metadata.json; what the machine itself keeps of it stays as it is.
healthy_metadata() {
  local url
  url=$(node .machine.metadataUrl) || return 1
  curl -fsS --noproxy '*' --connect-timeout 3 -m 10 -o "$WORK/metadata.json" "$url" || return 1
  jq -e -f "$BUNDLE/boot/jq/identity.jq" "$WORK/metadata.json" >/dev/null 2>&1 || {
    echo "an answer of $url without this machine's host name and private address"
    return 1
  }
}
