# shellcheck shell=bash
# Packages from the distribution, and Kubernetes' own at node.json's exact version. Sourced after common.sh.

KUBERNETES_LIST=$ROOT/etc/apt/sources.list.d/rackplane-kubernetes.list
KUBERNETES_KEY=$ROOT/etc/apt/keyrings/rackplane-kubernetes.asc

# apt_get OPTION...: asks nothing, waits for another apt (unattended-upgrades, cloud-init) to end, and
# leaves files that apt's unprivileged helper can read. A mirror that says nothing for half a minute has failed.
apt_get() {
  (
    umask 022
    export DEBIAN_FRONTEND=noninteractive
    mend_dpkg
    apt-get -qy -o DPkg::Lock::Timeout=300 -o Acquire::http::Timeout=30 -o Acquire::https::Timeout=30 "$@"
  )
}

# mend_dpkg: ends an installation that a power cut has interrupted; until then apt refuses every other one.
mend_dpkg() {
  [ -z "$(dpkg --audit 2>/dev/null)$(ls "$ROOT/var/lib/dpkg/updates" 2>/dev/null)" ] || dpkg --configure -a >&2 || true
}

# has_version PACKAGE VERSION: the package is installed at this upstream version.
has_version() {
  local found
  found=$(dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null) || return 1
  [[ $found == "installed $2" || $found == "installed $2-"* ]]
}

# install_kubernetes STEP SECONDS PACKAGE...: these packages at node.json's version, held there.
# Asks no mirror when they are installed already.
install_kubernetes() {
  local step=$1 seconds=$2 version package specs=()
  shift 2
  version=$(node .cluster.kubernetesVersion)
  for package; do
    has_version "$package" "$version" || specs+=("$package=$version-*")
  done
  if [ ${#specs[@]} -gt 0 ]; then
    kubernetes_repository "$step" "$seconds"
    for package; do
      # Not grep -q: it ends at the first match, and apt-cache would then fail.
      apt-cache madison "$package" | grep -F "| $version-" >/dev/null ||
        die "$step" "$(node .packages.url) has no $package $version; it has: $(apt-cache madison "$package" | awk '{printf "%s ", $3}'). Choose one of these as kubernetesVersion, or fill the mirror"
    done
    await "$step" "$seconds" "apt to install ${specs[*]}" install_specs "${specs[@]}"
  fi
  apt-mark hold "$@" >/dev/null
}

install_specs() {
  local options=(install --no-install-recommends --allow-change-held-packages "$@")
  # Only the index of Kubernetes' repository is fresh so far; dependencies may need the distribution's.
  apt_get "${options[@]}" || { apt_get update && apt_get "${options[@]}"; }
}

# kubernetes_repository STEP SECONDS: gives apt the signed repository of node.json, with a fresh index.
kubernetes_repository() {
  local step=$1 seconds=$2 url key pinned found
  url=$(node .packages.url)
  key=$(mktemp)
  await "$step" "$seconds" "the signing key $(node .packages.keyUrl)" fetch_key "$key"
  pinned=$(jq -r '.packages.keySha256 // "" | ascii_downcase' "$NODE_JSON")
  found=$(sha256sum "$key" | cut -d' ' -f1)
  [ -z "$pinned" ] || [ "$found" = "$pinned" ] ||
    die "$step" "$(node .packages.keyUrl) is a key with SHA-256 $found, but mirrors.packages.keySha256 pins $pinned: find out who changed the key before you change the pin"
  # apt's unprivileged helper reads these, whatever umask the rest of this program has.
  install -d -m 755 "$(dirname "$KUBERNETES_KEY")" "$(dirname "$KUBERNETES_LIST")"
  place "$KUBERNETES_KEY" 644 <"$key"
  rm -f "$key"
  # The key is trusted for this repository only, and this repository with this key only.
  echo "deb [signed-by=$KUBERNETES_KEY] $url /" | place "$KUBERNETES_LIST" 644
  await "$step" "$seconds" "the index of $url" update_kubernetes
}

fetch_key() {
  local url
  url=$(node .packages.keyUrl) && curl -fsSL --connect-timeout 10 -m 60 -o "$1" "$url" || return 1
  grep -q -e '-----BEGIN PGP PUBLIC KEY BLOCK-----' "$1" || {
    echo "$url is no armoured PGP public key"
    return 1
  }
}

# Only this repository's index: the distribution's are large, and in an air-gapped site not there.
update_kubernetes() {
  apt_get update -o Dir::Etc::sourcelist="$KUBERNETES_LIST" -o Dir::Etc::sourceparts=- \
    -o APT::Get::List-Cleanup=0 -o APT::Update::Error-Mode=any
}
