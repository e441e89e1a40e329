#!/usr/bin/env bash
# restore                      this machine alone becomes the cluster of the grant's backup, with its keys and its data
# An interrupted restore starts over: no other machine joins before it has ended.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=/dev/null  # ../membership/initialise.sh, checked by itself
. "$BUNDLE/grant/membership/initialise.sh"

granted restore
FORMATION=$(formation)
if restored_already; then
  say restore "done" "this machine was restored by this very wish"
else
  [ "$FORMATION" = forming ] || [ ! -e "$ETCD_DATA" ] ||
    die restorable "${ETCD_DATA#"$ROOT"} is here: this machine has the data of a cluster; expected an empty one; see 'rackplane status', and docs/when-everything-is-lost.md; nothing was changed"
  [ "$FORMATION" = none ] || [ "$(jq -r .cluster "$FORMED")" = "$CLUSTER" ] || refuse_foreign_data
  initialise
fi
await_health announced one-holder endpoint
say health "done" "API server ready, on the data of the backup"
jq -n --arg name "$NAME" '{$name}' | publish
