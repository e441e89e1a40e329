#!/usr/bin/env bash
# Fetches the distribution's packages at the configuration's versions. Nothing is installed, so the machine serves on as it
# is. Not a step of `prepare`: what a member runs with is changed by `member` alone.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../lib/package-versions.sh
. "$BUNDLE/grant/lib/package-versions.sh"

seconds=$(node .deadlines.downloads)
await packages "$seconds" "the index of the distribution's package mirror" apt_get update
specs=()
while read -r package version; do
  [ -n "$(version_here "$package")" ] || ! command -v "$package" >/dev/null ||
    die packages "packages.$package: found a $package here that another package brought ('dpkg -S $(command -v "$package")'), expected the distribution's package $package; leave the setting out, or exchange it by hand; nothing was changed"
  found=$(apt-cache madison "$package" | awk -F'|' '{ gsub(/ /, "", $2); print $2 }')
  # The newest of those that the setting names.
  version=$(awk -v wanted="$version" '$0 == wanted || index($0, wanted "-") == 1 { print; exit }' <<<"$found")
  [ -n "$version" ] ||
    die packages "packages.$package: the distribution's package mirror has no such version here; it has: $(sort -u <<<"$found" | tr '\n' ' '); choose one of these, or fill the mirror, and run 'pulumi up' again; nothing was changed"
  specs+=("$package=$version")
done < <(other_packages)

fetch() {
  rm -rf "$NEW_PACKAGES"
  mkdir -p "$NEW_PACKAGES/partial"
  # apt's unprivileged helper writes there.
  chmod 755 "$NEW_PACKAGES"
  apt_get install --download-only --no-install-recommends --allow-change-held-packages --allow-downgrades \
    -o "Dir::Cache::archives=$NEW_PACKAGES" "${specs[@]}"
}
await packages "$seconds" "apt to fetch ${specs[*]}; nothing was changed yet" fetch
printf '%s\n' "${specs[@]}" | place "$NEW_PACKAGES/specs" 644
