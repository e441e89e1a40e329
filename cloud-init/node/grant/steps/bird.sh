#!/usr/bin/env bash
# Installs BIRD from the distribution, where it announces the endpoint.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../lib/own-services.sh
. "$BUNDLE/grant/lib/own-services.sh"

know_missing bird
# bird2 is version 2; the package `bird` was version 1, whose configuration is another one.
install_quietly bird "${missing[@]/%/2}"
