# shellcheck shell=bash
# This program's services end, its verbs before them. The announcer gives the VIP away when it stops.
# Sourced after common.sh.

# Nothing waits longer for one of them.
STOP_SECONDS=60

# stop_timers: what a machine does by itself ends, and the verbs of it, which may wait for the cluster's lock; a timer would
# start them again.
stop_timers() {
  local file
  for file in "$ROOT"/etc/systemd/system/rackplane-*.timer; do end_unit "$file"; done
  end_quietly stop rackplane-{certificates,defragment-due,backup-due,renew,defragment}.service
}

stop_services() {
  local verb file
  stop_timers
  while read -r verb; do
    end_quietly stop "rackplane-$verb.service"
  done < <(jq -r '.granted | keys[]' "$BUNDLE/verbs.json")
  # The VIP goes elsewhere before what serves it ends.
  for file in "$ROOT"/etc/systemd/system/rackplane-{announcer,keepalived}.service; do end_unit "$file"; done
  for file in "$ROOT"/etc/systemd/system/rackplane-*.{path,service}; do
    [[ $file =~ -(announcer|keepalived)\.service$ ]] || end_unit "$file"
  done
}

end_unit() {
  [ ! -e "$1" ] || end_quietly disable --now "${1##*/}"
}

# end_quietly WORD... UNIT: a unit that is not there, as most verbs', is as it should be.
end_quietly() { timeout --foreground "$STOP_SECONDS" systemctl --quiet "$@" >/dev/null 2>&1 || true; }
