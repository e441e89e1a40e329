# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # DEADLINE and VERB are the grant's (lib/grant.sh)
# The distribution's packages at the versions of the configuration: containerd and runc, and what holds the endpoint. Any
# version may follow any other one. Pods go on while containerd restarts, since their shims keep
# them. Sourced after receive/facts.sh, lib/balancing.sh and boot/lib/packages.sh.

# shellcheck source=../lib/downloading.sh
. "$BUNDLE/grant/lib/downloading.sh"
# shellcheck source=../lib/package-versions.sh
. "$BUNDLE/grant/lib/package-versions.sh"

# Exists from before the first package is installed until every program runs as what was installed.
INSTALLING=$STATE/installing-packages
# Packages that no upgrade of the distribution's may exchange, one a line: those whose version the configuration names.
HELD_PACKAGES=$STATE/held-packages

INSTALL_OPTIONS=(
  --no-install-recommends --allow-change-held-packages --allow-downgrades
  -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold
)

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
  know_earlier_packages
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
  EARLIER_PACKAGES=()
  say packages "done" "this machine has $(wanted_packages | tr ' \n' '= ')"
}

# What an exchange that fails goes back to, as apt takes it.
EARLIER_PACKAGES=()

know_earlier_packages() {
  local package version
  EARLIER_PACKAGES=()
  while read -r package _; do
    version=$(version_here "$package")
    [ -z "$version" ] || EARLIER_PACKAGES+=("$package=$version")
  done < <(other_packages)
  ENDINGS+=(bring_earlier_packages)
}

# bring_earlier_packages: Pulumi keeps the earlier inputs of a command that failed, so a person who takes the edit back would
# be told that nothing has to be done.
bring_earlier_packages() {
  local spec
  [ ${#EARLIER_PACKAGES[@]} -gt 0 ] || return 0
  say packages wait "${EARLIER_PACKAGES[*]} come back"
  if apt_get install "${INSTALL_OPTIONS[@]}" "${EARLIER_PACKAGES[@]}" >&2; then
    # In a subshell `die` ends that alone.
    for spec in "${EARLIER_PACKAGES[@]}"; do (restart_program "${spec%%=*}") || true; done
    rm -f "$INSTALLING"
  else
    say packages wait "they could not be brought back; run 'apt-get install --allow-downgrades ${EARLIER_PACKAGES[*]}' on this machine"
  fi
}

# follow_holds: packages that are here at the configuration's version stay at it; those that it names no more follow the
# distribution again.
follow_holds() {
  local package version held keep=()
  held=$(cat "$HELD_PACKAGES" 2>/dev/null) || held=
  while read -r package version; do
    if grep -qxF "$package" <<<"$held"; then
      keep+=("$package")
    elif has_version "$package" "$version"; then
      apt-mark hold "$package" >/dev/null
      keep+=("$package")
    fi
  done < <(wanted_packages)
  for package in $held; do
    [[ " ${keep[*]} " == *" $package "* ]] || apt-mark unhold "$package" >/dev/null
  done
  if [ ${#keep[@]} -gt 0 ]; then
    printf '%s\n' "${keep[@]}" | place "$HELD_PACKAGES" 644
  elif [ -n "$held" ]; then
    rm -f "$HELD_PACKAGES"
  fi
}

# fit_packages: on a machine that is no member yet; nothing waits for it, and it waits for nothing.
fit_packages() {
  local sentence
  sentence=$(due_packages)
  if [ -n "$sentence" ]; then
    say packages start "$sentence"
    prepare_packages
    do_packages
  fi
  follow_holds
}

how_to_go_back_to_packages() {
  echo "the other machines are as they were and serve; this one gets its earlier packages back where it can; see 'journalctl -u rackplane-$VERB' here"
}

install_new_packages() {
  local specs
  mapfile -t specs <"$NEW_PACKAGES/specs"
  apt_get install --no-download "${INSTALL_OPTIONS[@]}" -o "Dir::Cache::archives=$NEW_PACKAGES" "${specs[@]}"
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
  haproxy | nginx | keepalived | bird2)
    unit=rackplane-${1%2}.service
    if [ "$(role)" = worker ]; then unit=rackplane-local-balancer.service; fi
    if ! systemctl is-active --quiet "$unit"; then return 0; fi
    systemctl restart "$unit" >&2 || die packages "$unit did not start; see 'journalctl -u $unit' here; $(how_to_go_back_to_packages)"
    await packages "$DEADLINE" "$unit to run; $(how_to_go_back_to_packages)" systemctl is-active --quiet "$unit"
    ;;
  esac
}
