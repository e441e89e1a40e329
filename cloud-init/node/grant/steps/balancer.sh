#!/usr/bin/env bash
# Installs what holds the endpoint from the distribution: the balancer that node.json names and keepalived, or BIRD; on a
# worker HAProxy alone. They run as services of this program with its own configurations: what the distribution or a person
# configured stays as it is.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"

mapfile -t tools < <(node 'if .role == "worker" then "haproxy" elif .announcer.speaker == "bird" then "bird" else .announcer.balancer, "keepalived" end')
# Services whose packages this step installed, and which it therefore keeps from starting by themselves.
ours=$STATE/own-services

missing=()
for tool in "${tools[@]}"; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
if [ ${#missing[@]} -gt 0 ]; then
  printf '%s\n' "${missing[@]}" | sort -u - <(cat "$ours" 2>/dev/null) | place "$ours" 644
fi
# The package `bird` was version 1, whose configuration is another one.
packages=("${missing[@]/%bird/bird2}")
[ "${tools[0]}" != nginx ] || [ -e "$ROOT/usr/lib/nginx/modules/ngx_stream_module.so" ] || packages+=(libnginx-mod-stream)
# For the filter in front of keepalived (lib/vrrp-filter.sh).
if [ "$(node 'if .role == "worker" then 2 else .announcer.vrrpVersion // 2 end')" = 3 ]; then
  command -v nft >/dev/null || packages+=(nftables)
fi

install_packages() {
  apt_get update && apt_get install --no-install-recommends "${packages[@]}"
}
if [ ${#packages[@]} -gt 0 ]; then
  # A new package starts its service with an example configuration: nginx's would take port 80.
  [ ${#missing[@]} -eq 0 ] || systemctl mask --quiet --runtime "${missing[@]/%/.service}"
  await balancer "$(node .deadlines.downloads)" "${packages[*]} from the distribution's package mirror" install_packages
fi

while read -r service; do
  systemctl unmask --quiet --runtime "$service.service"
  systemctl disable --quiet --now "$service.service"
done < <(cat "$ours" 2>/dev/null)
