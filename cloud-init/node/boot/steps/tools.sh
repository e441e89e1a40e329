#!/usr/bin/env bash
# jq and curl, which every later step reads and asks with. Images of the big platforms carry both;
# then nothing is downloaded.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"

missing=()
for tool in jq curl; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[ ${#missing[@]} -gt 0 ] || exit 0

install_tools() { apt_get update && apt_get install --no-install-recommends "${missing[@]}"; }
# The deadlines are in node.json, which cannot be read without jq: this one is fixed, and used once in a machine's life.
await tools 900 "${missing[*]} from the distribution's package mirror" install_tools
