# shellcheck shell=bash
# Encryption at rest: API servers write Secrets with the first key of this file and read them with each. Keys have a
# generation, and come with the grant. A key is read by every API server before one writes with it (jq/encryption.jq).

ENCRYPTION=$ROOT/etc/rackplane/apiserver/encryption.json
# Of kube-system: which generation all API servers write with, and every Secret is written with.
ENCRYPTION_NOTE=rackplane-encryption

wants_encryption() { jq -e '.encryption != null' "$GRANT" >/dev/null; }

# write_encryption STEP WRITES: the file as that step has it; it changes nothing where it is so already.
write_encryption() {
  encryption_file "$1" "$2" | place "$ENCRYPTION" 0600
  [ -s "$ENCRYPTION" ] || die encryption "$ENCRYPTION could not be written; free space on that disk and run 'pulumi up' again"
}

encryption_file() {
  local file=/dev/null
  [ ! -s "$ENCRYPTION" ] || file=$ENCRYPTION
  jq -n --slurpfile grants "$GRANT" --slurpfile files "$file" --arg step "$1" --argjson writes "$2" \
    '$grants[0] as $grant | $files[0] as $file | '"$(<"$BUNDLE/grant/jq/encryption.jq")"
}

# make_encryption: on the machine that forms the cluster, the key of generation 0. One that exists already is the cluster's.
make_encryption() {
  wants_encryption && [ ! -s "$ENCRYPTION" ] || return 0
  head -c 32 /dev/urandom | base64 -w 0 >"$WORK/encryption-key"
  jq -c --rawfile key "$WORK/encryption-key" '.encryption.generation = 0 | .secrets.encryptionKeys = [$key]' "$GRANT" >"$WORK/encryption-grant"
  GRANT=$WORK/encryption-grant write_encryption write null
}

# check_encryption: a machine that is a member has no key that the grant does not have, and none but its own.
check_encryption() {
  local wrong
  wants_encryption || return 0
  jq -e '.secrets.encryptionKeys[.encryption.generation] | type == "string"' "$GRANT" >/dev/null ||
    die encryption "the grant asks for encryption at rest and brings no key; a member's grant carries the one that 'form' returned: run 'pulumi up'"
  { [ -s "$ENCRYPTION" ] && whole; } || return 0
  wrong=$(jq -r --slurpfile grant "$GRANT" '
    $grant[0] as {$encryption, $secrets}
    | [.resources[0].providers[] | select(.identity | not) | to_entries[0] | {provider: .key, secret: .value.keys[0].secret,
        generation: (.value.keys[0].name | if . == "rackplane" then 0 else ltrimstr("rackplane-") | tonumber end)}] as $keys
    | if (.resources[0].providers[0].identity | not) and $keys[0].generation > $encryption.generation
      then "apiServer.encryption.generation: found \($encryption.generation), expected \($keys[0].generation) or more, which Secrets are written with here"
      elif any($keys[]; .generation <= $encryption.generation and .secret != $secrets.encryptionKeys[.generation])
      then "\(input_filename) holds another key than the grant: with it this member could not read the cluster\u0027s Secrets; expected the key that \u0027form\u0027 returned; find out who changed it before anything else"
      elif any($keys[]; .generation == $encryption.generation and .provider != $encryption.provider)
      then "apiServer.encryption.provider: found \($encryption.provider), expected another generation with it: a key belongs to one provider; raise apiServer.encryption.generation"
      else empty end' "$ENCRYPTION") || die encryption "$ENCRYPTION is not as this program wrote it: $wrong; see what changed it"
  [ -z "$wrong" ] || die encryption "$wrong"
}

# put_encryption WRITES: on a machine that joins. What an earlier join that did not finish left is no member's.
put_encryption() {
  wants_encryption || return 0
  whole || rm -f "$ENCRYPTION"
  write_encryption read "$1"
}

# noted_encryption KUBECTL...: the generation in the cluster's note, or null. A cluster that was formed with encryption has
# none until its first rotation.
noted_encryption() {
  local note
  note=$("$@" -n kube-system get configmap "$ENCRYPTION_NOTE" --ignore-not-found -o json) || return 1
  [ -n "$note" ] || note='{}'
  jq --slurpfile grant "$GRANT" '.data.generation | if . != null then tonumber elif $grant[0].encryption.formed then 0 else null end' <<<"$note"
}
