# shellcheck shell=bash
# What a grant says beside its program and node.json, kept where a reboot does not lose it: who this machine
# and the others are, the secrets that its daemons use, the files that kubeadm reads.

PATCHES=$ROOT/etc/rackplane/patches
API_SERVER_FILES=$ROOT/etc/rackplane/apiserver
ENCRYPTION=$API_SERVER_FILES/encryption.json

# install_facts FILE, for the verbs that verbs.json says so of. The identity is written only where the metadata does not tell it all.
install_facts() {
  jq .roster "$1" | replace "$ROSTER_JSON" 0644 || true
  if jq -e '.node.machine.kind == "ssh" or .machine.peers != null' "$1" >/dev/null; then
    jq .machine "$1" | replace "$IDENTITY_JSON" 0644 || true
  fi
  # The key that Secrets are encrypted by goes to its own file, and only on control-plane machines.
  jq '.secrets // {} | del(.encryptionKey)' "$1" | replace "$SECRETS_JSON" 0600 || true
  install_files "$1"
}

# install_files FILE: exactly the grant's files lie in their folders, and the encryption's.
install_files() {
  local path content file
  while read -r path content; do
    base64 -d <<<"$content" | replace "$ROOT$path" 0600 || true
  done < <(jq -r '.files // {} | to_entries[] | "\(.key) \(.value | @base64)"' "$1")
  for file in "$PATCHES"/* "$API_SERVER_FILES"/*; do
    if [ ! -e "$file" ] || [ "$file" = "$ENCRYPTION" ]; then continue; fi
    jq -e --arg path "${file#"$ROOT"}" '.files // {} | has($path)' "$1" >/dev/null || rm -f "$file"
  done
}
