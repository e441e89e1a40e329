# shellcheck shell=bash
# Encryption at rest: every API server of a cluster reads the Secrets in etcd with the same key. A machine with another
# key could not read them, so a member's key is never replaced.

ENCRYPTION=$ROOT/etc/rackplane/apiserver/encryption.json

# encryption_key FILE: the key in an EncryptionConfiguration.
encryption_key() { jq -re '.resources[0].providers[0] | to_entries[0].value.keys[0].secret' "$1"; }

# write_encryption KEY-FILE: the API server's file from the grant's provider and the key in KEY-FILE. The provider
# identity, last, keeps Secrets readable that were written before.
write_encryption() {
  jq --rawfile key "$1" '{
    apiVersion: "apiserver.config.k8s.io/v1", kind: "EncryptionConfiguration",
    resources: [{resources: ["secrets"], providers: [
      {(.encryption): {keys: [{name: "rackplane", secret: ($key | rtrimstr("\n"))}]}}, {identity: {}}]}]
  }' "$GRANT" | replace "$ENCRYPTION" 0600 || true
  [ -s "$ENCRYPTION" ] || die encryption "$ENCRYPTION could not be written; free space on that disk and run 'pulumi up' again"
}

wants_encryption() { jq -e '.encryption != null' "$GRANT" >/dev/null; }

# make_encryption: on the machine that forms the cluster. A key that exists already is the cluster's and stays.
make_encryption() {
  wants_encryption && [ ! -s "$ENCRYPTION" ] || return 0
  head -c 32 /dev/urandom | base64 -w 0 >"$WORK/encryption-key"
  write_encryption "$WORK/encryption-key"
}

# put_encryption: on a machine that joins.
put_encryption() {
  local found granted
  wants_encryption || return 0
  granted=$(jq -re '.secrets.encryptionKey // empty' "$GRANT") ||
    die encryption "the grant asks for encryption at rest and brings no key; a member's grant carries the one that 'form' returned: run 'pulumi up'"
  if found=$(encryption_key "$ENCRYPTION" 2>/dev/null) && [ "$found" != "$granted" ]; then
    whole || found=$granted # left by an earlier join that did not finish
    [ "$found" = "$granted" ] ||
      die encryption "$ENCRYPTION holds another key than the grant: with it this member could not read the cluster's Secrets; expected the key that 'form' returned; find out who changed it before anything else"
  fi
  printf '%s' "$granted" >"$WORK/encryption-key"
  write_encryption "$WORK/encryption-key"
}
