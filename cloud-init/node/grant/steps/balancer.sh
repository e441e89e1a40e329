#!/usr/bin/env bash
# Installs the balancer that node.json names, and keepalived, from the distribution; on a worker HAProxy alone.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../lib/own-services.sh
. "$BUNDLE/grant/lib/own-services.sh"

mapfile -t tools < <(node 'if .role == "worker" then "haproxy" else .announcer.balancer, "keepalived" end')
know_missing "${tools[@]}"
packages=("${missing[@]}")
[ "${tools[0]}" != nginx ] || [ -e "$ROOT/usr/lib/nginx/modules/ngx_stream_module.so" ] || packages+=(libnginx-mod-stream)
# For the filter in front of keepalived (lib/vrrp-filter.sh).
if [ "$(node 'if .role == "worker" then 2 else .announcer.vrrpVersion // 2 end')" = 3 ]; then
  command -v nft >/dev/null || packages+=(nftables)
fi
install_quietly balancer "${packages[@]}"
