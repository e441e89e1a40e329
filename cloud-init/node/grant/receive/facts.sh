# shellcheck shell=bash
# What a grant says besides its program and node.json, kept where a reboot does not lose it: who this machine and the
# others are, the secrets of its daemons, the files that kubeadm reads.

PATCHES=$ROOT/etc/rackplane/patches
API_SERVER_FILES=$ROOT/etc/rackplane/apiserver
ENCRYPTION=$API_SERVER_FILES/encryption.json
# When certificates are renewed: {renewDays, timer, endBefore}.
CERTIFICATES_JSON=$STATE/certificates.json
# Whose SSH keys may log in as whom, besides those that could before: {user, keys}.
ACCESS_JSON=$STATE/access.json
# When etcd is defragmented: {timer, freePercent, leastBytes}.
DEFRAGMENTATION_JSON=$STATE/defragmentation.json
# Where backups go, how often, and the keys for that (0600): {timer, hours, keep, password, stores}.
BACKUPS_JSON=$STATE/backups.json
# Versions of the distribution's packages, by their names.
PACKAGES_JSON=$STATE/package-versions.json

# install_facts FILE: for verbs with `writesFacts` in verbs.json. The identity is written only where metadata does not
# tell all of it.
install_facts() {
  jq .roster "$1" | place "$ROSTER_JSON" 0644
  if jq -e '.node.machine.kind == "ssh" or .machine.peers != null' "$1" >/dev/null; then
    jq .machine "$1" | place "$IDENTITY_JSON" 0644
  fi
  # The keys that encrypt Secrets go to a file of their own, and only on control-plane machines.
  jq '.secrets // {} | del(.encryptionKeys)' "$1" | place "$SECRETS_JSON" 0600
  if jq -e .kubeadm.init "$1" >/dev/null; then jq .kubeadm "$1" | place "$KUBEADM_JSON" 0600; fi
  if jq -e .certificates "$1" >/dev/null; then jq .certificates "$1" | place "$CERTIFICATES_JSON" 0644; fi
  if [ -e "$ACCESS_JSON" ] || jq -e .access "$1" >/dev/null; then jq '.access // {}' "$1" | place "$ACCESS_JSON" 0644; fi
  if jq -e .defragmentation "$1" >/dev/null; then jq .defragmentation "$1" | place "$DEFRAGMENTATION_JSON" 0644; fi
  if jq -e .backups "$1" >/dev/null; then jq .backups "$1" | place "$BACKUPS_JSON" 0600; fi
  jq '.packages // {}' "$1" | place "$PACKAGES_JSON" 0644
  install_files "$1"
}

# complete FILE: a grant for a verb that only asks leaves out what the machine knows from its last grant; this adds it.
complete() {
  local known
  # With -n and `input`, an empty file is an error; without them jq would take it for success.
  jq -ne --slurpfile verbs "$BUNDLE/verbs.json" \
    'input | type == "object" and .node == null and $verbs[0].granted[.verb // ""].writesFacts == false' "$1" >/dev/null 2>&1 || return 0
  for known in "$NODE_JSON" "$ROSTER_JSON" "$KUBEADM_JSON"; do
    [ -s "$known" ] ||
      die grant "$known is missing: this machine has had no grant that made it a member; expected one; run 'pulumi up' so that it becomes one first"
  done
  jq --slurpfile node "$NODE_JSON" --slurpfile roster "$ROSTER_JSON" --slurpfile kubeadm "$KUBEADM_JSON" \
    '{node: $node[0], roster: $roster[0], kubeadm: $kubeadm[0]} + .' "$1" | place "$1" 0600
}

# named_by_manifest FILE: the API server that runs here reads that file whenever it starts.
named_by_manifest() { grep -qF -e "=${1#"$ROOT"}" "$ROOT/etc/kubernetes/manifests/kube-apiserver.yaml" 2>/dev/null; }

# install_files FILE: afterwards the folders hold the grant's files, the encryption file, what the running API server
# reads, and no other.
install_files() {
  local path content file
  while read -r path content; do
    base64 -d <<<"$content" | place "$ROOT$path" 0600
  done < <(jq -r '.files // {} | to_entries[] | "\(.key) \(.value | @base64)"' "$1")
  for file in "$PATCHES"/* "$API_SERVER_FILES"/*; do
    if [ ! -e "$file" ] || [ "$file" = "$ENCRYPTION" ] || named_by_manifest "$file"; then continue; fi
    jq -e --arg path "${file#"$ROOT"}" '.files // {} | has($path)' "$1" >/dev/null || rm -f "$file"
  done
}
