# shellcheck shell=bash
# The distribution's programs, which this program runs as services of its own: what the distribution or a person
# configured stays as it is. Sourced after common.sh and packages.sh.

# Services whose packages were installed here, and which are therefore kept from starting by themselves.
OWN_SERVICES=$STATE/own-services

# install_unstarted STEP SERVICES PACKAGE...: a new package starts its service with an example configuration: nginx's
# would take port 80, BIRD's port 179. SERVICES: those that the packages bring, one a line, or nothing.
install_unstarted() {
  local step=$1 services=() service
  [ -z "$2" ] || mapfile -t services <<<"$2"
  shift 2
  if [ ${#services[@]} -gt 0 ]; then
    printf '%s\n' "${services[@]}" | sort -u - <(cat "$OWN_SERVICES" 2>/dev/null) | place "$OWN_SERVICES" 644
  fi
  if [ $# -gt 0 ]; then
    [ ${#services[@]} -eq 0 ] || systemctl mask --quiet --runtime "${services[@]/%/.service}"
    await "$step" "$(node .deadlines.downloads)" "$* from the distribution's package mirror" install_packages "$@"
  fi
  while read -r service; do
    systemctl unmask --quiet --runtime "$service.service"
    systemctl disable --quiet --now "$service.service"
  done < <(cat "$OWN_SERVICES" 2>/dev/null)
}

install_packages() { apt_get update && apt_get install --no-install-recommends "$@"; }
