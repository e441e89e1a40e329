# shellcheck shell=bash
# What the last grant that was carried out said, kept from the moment at which the next one comes until that one is
# carried out, too. On the disk: an edit may be cut by a power loss, and Pulumi's state then still has the earlier one.
# Sourced after common.sh, receive/facts.sh and membership/records.sh.

# shellcheck source=../lib/new-version.sh
. "$BUNDLE/grant/lib/new-version.sh"

# Root's alone: one of the files holds secrets.
PREVIOUS=$STATE/previous
# kubelet's own are made by verbs, from the grant's fields.
FACTS=("$NODE_JSON" "$ROSTER_JSON" "$IDENTITY_JSON" "$SECRETS_JSON" "$KUBEADM_JSON" "$CERTIFICATES_JSON" "$ACCESS_JSON" "$DEFRAGMENTATION_JSON" "$BACKUPS_JSON" "$PACKAGES_JSON" "$KUBELET_CONFIG" "$KUBELET_FLAGS" "$KUBELET_SETTINGS")

# facts: every file that a grant may change and that is here. The file of the keys of Secrets goes
# by what is written with them (membership/encryption.sh).
facts() {
  local file
  for file in "${FACTS[@]}" "$PATCHES"/* "$API_SERVER_FILES"/*; do
    if [ -f "$file" ] && [ "$file" != "$ENCRYPTION" ]; then printf '%s\n' "$file"; fi
  done
}

# settled VERB: what the verb makes of a machine, this one is already: there are earlier settings.
settled() {
  case $1 in
  member) whole ;;
  worker) [ -e "$ROSTER_JSON" ] && [ -e "$KUBERNETES/kubelet.conf" ] && [ ! -e "$JOINING" ] ;;
  balancer) [ -e "$ROSTER_JSON" ] && systemctl is-active --quiet rackplane-keepalived.service ;;
  *) return 1 ;;
  esac
}

# keep_previous: an edit that was cut half-way leaves the settings from before it; they stay.
keep_previous() {
  local file kept
  [ ! -d "$PREVIOUS" ] || return 0
  rm -rf "$PREVIOUS.new"
  mkdir -p "$PREVIOUS.new"
  while IFS= read -r file; do
    kept=$PREVIOUS.new${file#"$ROOT"}
    mkdir -p "${kept%/*}"
    cp -p "$file" "$kept"
    sync "$kept"
  done < <(facts)
  mv "$PREVIOUS.new" "$PREVIOUS"
  sync "$STATE"
}

# keep_upgraded: Kubernetes goes back to no earlier version, whatever becomes of the edit that it came with: the version and
# what kubeadm has written for the new kubelet are this machine's earlier settings, too.
keep_upgraded() {
  local file mode
  [ -d "$PREVIOUS" ] || return 0
  for file in "$KUBELET_CONFIG" "$KUBELET_FLAGS"; do
    [ -f "$file" ] || continue
    mode=$(stat -c %a "$file")
    place "$PREVIOUS${file#"$ROOT"}" "$mode" <"$file"
  done
  file=$PREVIOUS${NODE_JSON#"$ROOT"}
  mode=$(stat -c %a "$file")
  jq --slurpfile now "$NODE_JSON" '.cluster.kubernetesVersion = $now[0].cluster.kubernetesVersion' "$file" >"$file.upgraded"
  place "$file" "$mode" <"$file.upgraded"
  rm -f "$file.upgraded"
}

restore_previous() {
  local file kept mode
  [ ! -e "$UPGRADING" ] || keep_upgraded
  while IFS= read -r file; do
    if [ ! -e "$PREVIOUS${file#"$ROOT"}" ] && ! named_by_manifest "$file"; then rm -f "$file"; fi
  done < <(facts)
  while IFS= read -r kept; do
    mode=$(stat -c %a "$PREVIOUS/$kept")
    place "$ROOT/$kept" "$mode" <"$PREVIOUS/$kept"
  done < <(cd "$PREVIOUS" && find . -type f -printf '%P\n')
}
