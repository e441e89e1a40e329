#!/usr/bin/env bash
# Who am I? The platform's metadata service knows the name, the private address and its gateway.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/metadata.sh
. "$BUNDLE/boot/lib/metadata.sh"

deadline=$(node .deadlines.metadata)
url=$(node .machine.metadataUrl)

if [ -s "$METADATA_JSON" ]; then
  # A reboot. The machine's addresses do not change while it exists, so its last metadata serves when the service stays
  # silent: otherwise the control plane would not come back after a site's power cut.
  patience=$((deadline < 20 ? deadline : 20))
  until fetch_metadata 2>/dev/null; do
    if [ "$SECONDS" -ge "$patience" ]; then
      say metadata wait "$url is silent since $patience s; going on with its answer of $(date -r "$METADATA_JSON" '+%F %T')"
      break
    fi
    pause "${RACKPLANE_POLL:-1}"
  done
else
  await metadata "$deadline" "an answer of $url with this machine's private address" fetch_metadata
fi

# Node and etcd member are named after the metadata; a machine that calls itself something else would be
# found by one name and retired by another. A full name in one place and a short one in the other is fine.
name=$(jq -r .hostname "$METADATA_JSON")
mine=$(uname -n)
[ "${name%%.*}" = "${mine%%.*}" ] ||
  die metadata "this machine's host name is '$mine', but $url calls it '$name': set it with 'hostnamectl set-hostname $name' and run 'rackplane prepare'"
