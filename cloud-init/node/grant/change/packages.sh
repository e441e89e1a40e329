# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # DEADLINE and VERB are the grant's (lib/grant.sh)
# The distribution's packages at the versions of the configuration: containerd and runc, and what holds the endpoint. Any
# version may follow any other one: the way back is the edit. Pods go on while containerd restarts, since their shims keep
# them. Sourced after receive/facts.sh, lib/balancing.sh and boot/lib/packages.sh.

# shellcheck source=../lib/downloading.sh
. "$BUNDLE/grant/lib/downloading.sh"
# shellcheck source=../lib/package-versions.sh
. "$BUNDLE/grant/lib/package-versions.sh"

# Exists from before the first package is installed until every program runs as what was installed.
INSTALLING=$STATE/installing-packages
# Packages that no upgrade of the distribution's may exchange, one a line: those whose version the configuration names.
HELD_PACKAGES=$STATE/held-packages

due_packages() {
  local package version found words=()
  while read -r package version; do
    found=$(version_here "$package")
    words+=("$package from ${found:-none} to $version")
  done < <(other_packages)
  if [ ${#words[@]} -gt 0 ]; then
    printf -v found '%s and ' "${words[@]}"
    echo "bring ${found% and }, what runs of it restarts, pods go on"
  elif [ -e "$INSTALLING" ]; then
    echo "complete the exchange of packages that was cut off here"
  fi
}

prepare_packages() {
  [ -n "$(other_packages)" ] || return 0
  downloading bash "$BUNDLE/grant/steps/new-packages.sh" >&2 || exit 1
}

do_packages() {
  local package
  : >"$INSTALLING"
  sync "$INSTALLING"
  if [ -n "$(other_packages)" ]; then
    keep_services_down
    await packages "$(node .deadlines.downloads)" "apt to install $(tr '\n' ' ' <"$NEW_PACKAGES/specs"); $(how_to_go_back_to_packages)" install_new_packages
    end_keeping_down
  fi
  while read -r package _; do
    restart_program "$package"
  done < <(wanted_packages)
  wanted_packages | cut -d' ' -f1 | place "$HELD_PACKAGES" 644
  xargs -r apt-mark hold <"$HELD_PACKAGES" >/dev/null
  rm -rf "$NEW_PACKAGES" "$INSTALLING"
  say packages "done" "this machine has $(wanted_packages | tr ' \n' '= ')"
}

# follow_holds: packages that the configuration names no more follow the distribution again.
follow_holds() {
  local package wanted
  [ -s "$HELD_PACKAGES" ] || return 0
  wanted=$(wanted_packages | cut -d' ' -f1)
  while read -r package; do
    grep -qxF "$package" <<<"$wanted" || apt-mark unhold "$package" >/dev/null
  done <"$HELD_PACKAGES"
  grep -xF "$wanted" "$HELD_PACKAGES" | place "$HELD_PACKAGES" 644 || true
}

# fit_packages: on a machine that is no member yet; nothing waits for it, and it waits for nothing.
fit_packages() {
  local sentence
  sentence=$(due_packages)
  [ -n "$sentence" ] || return 0
  say packages start "$sentence"
  prepare_packages
  do_packages
}

how_to_go_back_to_packages() {
  echo "the other machines are as they were and serve; see 'journalctl -u rackplane-$VERB' here; name the earlier version and run 'pulumi up' to go back"
}

install_new_packages() {
  local specs
  mapfile -t specs <"$NEW_PACKAGES/specs"
  apt_get install --no-download --no-install-recommends --allow-change-held-packages --allow-downgrades \
    -o "Dir::Cache::archives=$NEW_PACKAGES" -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "${specs[@]}"
}

# keep_services_down: the packages' own services do not run here (steps/balancer.sh), and an installation starts none.
keep_services_down() {
  local service
  while read -r service; do systemctl mask --quiet --runtime "$service.service"; done < <(cat "$STATE/own-services" 2>/dev/null)
  ENDINGS+=(end_keeping_down)
}
end_keeping_down() {
  local service
  while read -r service; do systemctl unmask --quiet --runtime "$service.service"; done < <(cat "$STATE/own-services" 2>/dev/null)
}

# restart_program PACKAGE: what runs here of it, anew. runc runs only while a container starts.
restart_program() {
  local unit
  case $1 in
  containerd)
    systemctl daemon-reload
    systemctl restart containerd >&2 || die packages "containerd did not start; see 'journalctl -u containerd' here; $(how_to_go_back_to_packages)"
    # Its configuration may be another one for another version.
    bash "$BUNDLE/boot/steps/containerd.sh" >&2 || exit 1
    ;;
  haproxy | nginx | keepalived)
    unit=rackplane-$1.service
    if [ "$(role)" = worker ]; then unit=rackplane-local-balancer.service; fi
    if ! systemctl is-active --quiet "$unit"; then return 0; fi
    systemctl restart "$unit" >&2 || die packages "$unit did not start; see 'journalctl -u $unit' here; $(how_to_go_back_to_packages)"
    await packages "$DEADLINE" "$unit to run; $(how_to_go_back_to_packages)" systemctl is-active --quiet "$unit"
    ;;
  esac
}
