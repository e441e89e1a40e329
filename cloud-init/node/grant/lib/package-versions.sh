# shellcheck shell=bash
# The distribution's packages that a machine has at versions of the configuration (packages). Sourced after common.sh,
# role.sh, receive/facts.sh and boot/lib/packages.sh.

# What is fetched lies here until it is installed.
# shellcheck disable=SC2034
NEW_PACKAGES=$STATE/new-packages

# wanted_packages: those that this machine uses, one a line: package and version.
wanted_packages() {
  local package version
  if [ ! -s "$PACKAGES_JSON" ] || [ "$(<"$PACKAGES_JSON")" = '{}' ]; then return 0; fi
  while read -r package version; do
    if uses "$package"; then printf '%s %s\n' "$package" "$version"; fi
  done < <(jq -r 'to_entries[] | "\(.key) \(.value)"' "$PACKAGES_JSON")
}

# uses PACKAGE: its program is of this machine's part of the cluster.
uses() {
  case $1 in
  containerd | runc) [ "$(role)" != balancer ] ;;
  keepalived) balances ;;
  bird2) is '.role == "control-plane" and .announcer.speaker == "bird"' ;;
  nginx) balances && is '.announcer.balancer == "nginx"' ;;
  haproxy) { balances && is '.announcer.balancer == "haproxy"'; } || is '.role == "worker" and .localBalancer != null' ;;
  *) return 1 ;;
  esac
}

# other_packages: those that are here at another version, or not at all, one a line: package and version.
other_packages() {
  local package version
  while read -r package version; do
    has_version "$package" "$version" || printf '%s %s\n' "$package" "$version"
  done < <(wanted_packages)
}

# version_here PACKAGE: as dpkg has it; nothing where it is not installed.
version_here() { dpkg-query -W -f '${Version}' "$1" 2>/dev/null || true; }
