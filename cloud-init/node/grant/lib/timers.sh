# shellcheck shell=bash
# The timers with which a machine looks after itself, where the configuration asks for it. Each is a unit of its name beside
# its service in grant/units/, and the last grant's settings have a field `timer`.
# Sourced after common.sh and receive/facts.sh.

# TIMERS: the timer, and the file with its settings.
TIMERS=(
  "rackplane-certificates.timer $CERTIFICATES_JSON"
  "rackplane-defragment-due.timer $DEFRAGMENTATION_JSON"
  "rackplane-backup-due.timer $BACKUPS_JSON"
)

# follow_timers: afterwards each timer runs exactly where the last grant asks for it.
follow_timers() {
  local timer settings unit
  while read -r timer settings; do
    unit=$ROOT/etc/systemd/system/$timer
    if jq -e .timer "$settings" >/dev/null 2>&1; then
      if replace "$unit" 644 <"${PROGRAM:-$BUNDLE}/grant/units/$timer"; then systemctl daemon-reload; fi
      systemctl enable --now --quiet "$timer"
    elif [ -e "$unit" ]; then
      systemctl disable --now --quiet "$timer" || true
      rm -f "$unit"
      systemctl daemon-reload
    fi
  done < <(printf '%s\n' "${TIMERS[@]}")
}
