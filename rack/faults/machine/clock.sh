#!/usr/bin/env bash
# Gives this machine's announcer, with all that it starts, a date that can be set while it runs, sets it, and ends that.
#
#   clock.sh prepare|set SECONDS|end
#
# Machines share the host's clock, which is never touched: libfaketime shifts what one program sees. Programs that are
# linked statically, as those of Kubernetes and etcd, keep the host's date. The library is at $library by then.
set -euo pipefail
act=$1 seconds=${2:-0}
library=/run/libfaketime.so.1
drop_in=/run/systemd/system/rackplane-announcer.service.d/clock.conf
shift_file=/run/clock-shift

die() {
  echo "fault clock, $act: $*" >&2
  exit 1
}
restart() {
  systemctl daemon-reload
  # What is announced stays over a restart.
  systemctl restart rackplane-announcer
}
signed() { if [ "$1" -lt 0 ]; then echo "$1"; else echo "+$1"; fi; }
put() {
  signed "$1" >"$shift_file.new"
  mv "$shift_file.new" "$shift_file"
}

case $act in
prepare)
  [ -e "$library" ] || die "found no $library, expected the library to be there"
  put 0
  mkdir -p "$(dirname "$drop_in")"
  cat >"$drop_in" <<SETTINGS
[Service]
Environment=LD_PRELOAD=$library
Environment=FAKETIME_TIMESTAMP_FILE=$shift_file FAKETIME_NO_CACHE=1
SETTINGS
  restart
  ;;
set)
  pid=$(systemctl show -p MainPID --value rackplane-announcer)
  tr '\0' '\n' <"/proc/$pid/environ" | grep -qx "LD_PRELOAD=$library" ||
    die "found an announcer without the library, expected it to be prepared"
  put "$seconds"
  there=$(LD_PRELOAD=$library FAKETIME_TIMESTAMP_FILE=$shift_file FAKETIME_NO_CACHE=1 date +%s)
  off=$((there - $(date +%s) - seconds))
  if [ "${off#-}" -gt 2 ]; then die "a date is shifted by $((off + seconds)) s, expected $seconds"; fi
  ;;
end)
  if [ -e "$drop_in" ]; then
    rm -f "$drop_in" "$shift_file"
    restart
  fi
  ;;
*) die "expected prepare, set or end" ;;
esac
