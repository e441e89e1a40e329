#!/usr/bin/env bash
# The CNI plugins that connect a pod are in /opt/cni/bin, where containerd and every network add-on look.
# The official kubelet package brings them (kubernetes-cni). Where a mirror lacks that package, the distribution's
# package brings them in another folder, and they are linked.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"

target=$ROOT/opt/cni/bin
source=$ROOT/usr/lib/cni
needed=(loopback bridge host-local portmap)

all_in() {
  local plugin
  for plugin in "${needed[@]}"; do [ -x "$1/$plugin" ] || return 1; done
}
all_in "$target" && exit 0

install_plugins() {
  apt_get update && apt_get install --no-install-recommends containernetworking-plugins
}
all_in "$source" ||
  await cni-plugins "$(node .deadlines.downloads)" "containernetworking-plugins from the distribution's package mirror" install_plugins

install -d -m 755 "$target"
for plugin in "$source"/*; do
  # A plugin that an add-on has put there stays.
  [ -e "$target/${plugin##*/}" ] || ln -sf "$plugin" "$target/"
done
all_in "$target" || die cni-plugins "$target lacks one of: ${needed[*]}; $source has: $(ls "$source"). Install kubernetes-cni or containernetworking-plugins"
