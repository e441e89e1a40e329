# shellcheck shell=bash
# Programs of the distribution that run as services of this program, with its own configurations: what the distribution or a
# person configured stays as it is. Sourced after common.sh and boot/lib/packages.sh.

# Services whose packages this program installed, and which it therefore keeps from starting by themselves.
OWN_SERVICES=$STATE/own-services
# Those that are not installed yet.
missing=()

# know_missing SERVICE...: the program of each has the same name.
know_missing() {
  local service
  for service; do
    command -v "$service" >/dev/null || missing+=("$service")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  printf '%s\n' "${missing[@]}" | sort -u - <(cat "$OWN_SERVICES" 2>/dev/null) | place "$OWN_SERVICES" 644
}

# install_quietly STEP PACKAGE...: a new package starts its service with an example configuration; nginx's would take port 80.
install_quietly() {
  local step=$1
  shift
  if [ $# -gt 0 ]; then
    [ ${#missing[@]} -eq 0 ] || systemctl mask --quiet --runtime "${missing[@]/%/.service}"
    await "$step" "$(node .deadlines.downloads)" "$* from the distribution's package mirror" install_all "$@"
  fi
  while read -r service; do
    systemctl unmask --quiet --runtime "$service.service"
    systemctl disable --quiet --now "$service.service"
  done < <(cat "$OWN_SERVICES" 2>/dev/null)
}

install_all() { apt_get update && apt_get install --no-install-recommends "$@"; }
