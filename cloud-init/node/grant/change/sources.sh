# shellcheck shell=bash
# Where images and packages come from (mirrors). Containerd reads an image mirror at every pull; it restarts only where its
# own configuration differs, and containers outlive that. Sourced by change.sh, after boot/lib/packages.sh.

due_sources() {
  local words=
  ! images_differ || words="images come from other registries or mirrors; "
  ! packages_differ || words+="packages come from another repository; "
  printf '%s' "${words%; }"
}

# images_differ: what containerd.sh would write is not what is here.
images_differ() {
  local registry certs=$ROOT/etc/containerd/certs.d here wanted
  wanted=$(jq -r '.images.mirrors | keys[]' "$NODE_JSON" | sort)
  here=$(grep -l '^# rackplane' "$certs"/*/hosts.toml 2>/dev/null | while IFS= read -r registry; do basename "$(dirname "$registry")"; done | sort)
  [ "$here" = "$wanted" ] || return 0
  for registry in $wanted; do
    cmp -s "$certs/$registry/hosts.toml" <(jq -r --arg registry "$registry" -f "$BUNDLE/boot/jq/hosts-toml.jq" "$NODE_JSON") || return 0
  done
  return 1
}

# packages_differ: another repository than that which apt knows here. A machine from an image of its own has none.
packages_differ() {
  local url
  [ -s "$KUBERNETES_LIST" ] || return 1
  url=$(node .packages.url)
  ! grep -qF "] $url /" "$KUBERNETES_LIST"
}

# prepare_sources: before anything is downloaded for the changes after this one. Nothing stops.
prepare_sources() {
  local earlier
  if images_differ; then bash "$BUNDLE/boot/steps/containerd.sh" >&2 || exit 1; fi
  if packages_differ; then
    earlier=$(<"$KUBERNETES_LIST")
    # In a subshell `die` ends that alone.
    if ! (kubernetes_repository sources "$(node .deadlines.downloads)"); then
      place "$KUBERNETES_LIST" 644 <<<"$earlier"
      exit 1
    fi
  fi
}

do_sources() { :; }
