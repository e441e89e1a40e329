# shellcheck shell=bash
# The timer with which a machine renews its certificates by itself, where the configuration asks for it.
# Sourced after common.sh and receive/facts.sh.

TIMER=rackplane-certificates.timer

# follow_certificates_timer: afterwards the timer runs exactly where the last grant asks for it.
follow_certificates_timer() {
  local unit=$ROOT/etc/systemd/system/$TIMER
  if jq -e .timer "$CERTIFICATES_JSON" >/dev/null 2>&1; then
    if replace "$unit" 644 <"${PROGRAM:-$BUNDLE}/grant/units/$TIMER"; then systemctl daemon-reload; fi
    systemctl enable --now --quiet "$TIMER"
  elif [ -e "$unit" ]; then
    systemctl disable --now --quiet "$TIMER" || true
    rm -f "$unit"
    systemctl daemon-reload
  fi
}
