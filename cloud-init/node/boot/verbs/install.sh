#!/usr/bin/env bash
# install                      makes systemd know this program's units and starts them; safe to repeat
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/role.sh
. "$BUNDLE/boot/lib/role.sh"

# What the last whole installation of this boot was made from: the units end in .service and .path. A grant often brings the same again, and systemd takes
# the better part of a second to be told.
INSTALLED=$RUNDIR/installed
made_from() {
  local files=() file
  for file in "$BUNDLE/hash" "$NODE_JSON" "$ROSTER_JSON" "$IDENTITY_JSON" "$SECRETS_JSON" "$ROOT"/etc/systemd/system/rackplane-*[eh]; do
    [ ! -e "$file" ] || files+=("$file")
  done
  sha256sum "${files[@]}"
}
if [ -e "$BUNDLE/hash" ] && [ "$(made_from)" = "$(cat "$INSTALLED" 2>/dev/null)" ] &&
  { [ ! -e "$ROSTER_JSON" ] || ! announces || systemctl is-active --quiet rackplane-announcer.service; }; then
  systemctl start --no-block rackplane-prepare.service
  exit
fi

changed=
for unit in "$BUNDLE"/{boot,grant}/units/*.{service,path}; do
  # User data brings only the units of boot/, so the pattern of grant/ may match no file.
  [ -e "$unit" ] || continue
  if replace "$ROOT/etc/systemd/system/${unit##*/}" 644 <"$unit"; then changed=yes; fi
done
if replace "$ROOT/etc/systemd/system.conf.d/50-rackplane.conf" 644 <"$BUNDLE/boot/units/shutdown.conf"; then changed=yes; fi
granted=$BUNDLE/grant/lib/granted-units.sh
if [ -e "$granted" ]; then
  # shellcheck source=../../grant/lib/granted-units.sh
  . "$granted"
  place_drop_ins
fi
place "$ROOT/etc/tmpfiles.d/rackplane.conf" 644 <"$BUNDLE/boot/units/rackplane.conf"

[ -z "$changed" ] || systemctl daemon-reload
systemctl enable --quiet rackplane-prepare.service
# Waiting here would hold up cloud-init, and with it the boot, for as long as the platform takes.
systemctl start --no-block rackplane-prepare.service

# A machine that has had no grant yet announces nothing and connects no pods.
[ ! -e "$ROSTER_JSON" ] || start_granted
made_from | place "$INSTALLED" 644
