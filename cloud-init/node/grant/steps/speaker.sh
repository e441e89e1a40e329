#!/usr/bin/env bash
# Installs BIRD from the distribution.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../lib/unstarted.sh
. "$BUNDLE/grant/lib/unstarted.sh"

if command -v bird >/dev/null; then
  install_unstarted speaker ""
else
  install_unstarted speaker bird bird2
fi
