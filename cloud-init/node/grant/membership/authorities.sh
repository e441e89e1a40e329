# shellcheck shell=bash
# The cluster's certificate authorities as files, while they are exchanged for new ones: ca.crt, front-proxy-ca.crt and
# etcd/ca.crt then hold two certificates, the signer's first. kubeadm signs with the first (TryLoadCertFromDisk, 1.31 to
# 1.37), and everything else trusts each.
# Sourced after lib/grant.sh, lib/cluster.sh and membership/records.sh.

# The controller manager signs with a file that holds exactly one certificate (its ca_provider.go, 1.31 to 1.37). It reads
# this one while ca.crt holds two, as the grant's documents then say.
SIGNER=$PKI/signing-ca.crt

# signs_apart: the grant's documents have the controller manager read SIGNER.
signs_apart() {
  jq -e 'any(.kubeadm.init[] | select(.kind == "ClusterConfiguration").controllerManager.extraArgs[]?; .name == "cluster-signing-cert-file")' "$GRANT" >/dev/null
}

# put_signer FILE: the first certificate of FILE.
put_signer() { first_certificate "$1" | place "$SIGNER" 644; }

first_certificate() { sed '/^-----END CERTIFICATE-----/q' "$1"; }

# authority_files: those of the cluster's keys that are a CA's, below /etc/kubernetes/pki.
authority_files() { jq -r 'keys_unsorted[] | select(test("ca\\.(crt|key)$"))' "$BUNDLE/grant/pki.json"; }

# signed_by FILE CERTIFICATE: by one of the CAs in FILE, whatever the date is.
signed_by() { openssl verify -no_check_time -CAfile "$1" "$2" >/dev/null 2>&1; }

# trust_in_kubeconfigs FILE: every kubeconfig of this machine trusts the CAs in FILE.
trust_in_kubeconfigs() {
  local file
  for file in "$KUBERNETES"/*.conf; do
    [ -s "$file" ] || continue
    if ! with_authorities "$1" <"$file" >"$WORK/trusting.conf" || ! place "$file" 600 <"$WORK/trusting.conf"; then
      die authorities "$file could not be written, so it may trust other certificate authorities than this machine; expected space and rights there; correct that and run 'pulumi up' again"
    fi
  done
}

# trusted_in_kubeconfigs FILE: they all do so.
trusted_in_kubeconfigs() {
  local file
  for file in "$KUBERNETES"/*.conf; do
    if [ -s "$file" ] && [ "$(with_authorities "$1" <"$file")" != "$(<"$file")" ]; then return 1; fi
  done
}

# known_stage FILE: which stage of the grant's exchange of CAs the content of that file below /etc/kubernetes/pki is: 0
# before it, then 1 to 3; nothing where it is none. A file that is the same at two stages is taken for that of the grant. One
# that begins with what was before is what `trust` of other authorities has left, which failed here and was taken back.
known_stage() {
  jq -r --arg file "$1" --arg sum "$(sha256sum <"$PKI/$1" | cut -d' ' -f1)" \
    --arg signer "$(first_certificate "$PKI/$1" | sha256sum | cut -d' ' -f1)" '.authorities
    | {trust: 1, sign: 2, forget: 3}[.step // ""] as $wanted | (.stages[$file] // []) as $stages
    | [range($stages | length) | select($stages[.] == $sum)]
    | (map(select(. == $wanted)) + map(select(. == $wanted - 1)) + .) | first
      // (if $stages[0] == $signer then 0 else empty end)' "$GRANT"
}

# leads_to_grant FILE [FOLDER]: from that file, as it is here, to the one in FOLDER, the grant's step is the next, or the one that was begun. An edit that
# was taken back while only `trust` had come leaves a bundle that begins with what is wanted.
leads_to_grant() {
  local wanted=${2:-$WORK/pki}/$1 stage size
  stage=$(known_stage "$1")
  size=$(stat -c %s "$wanted")
  if [[ $1 == *.crt ]] && cmp -s -n "$size" "$wanted" "$PKI/$1"; then return 0; fi
  [ -n "$stage" ] || return 1
  [ $(($(wanted_stage) - stage)) -ge 0 ] && [ $(($(wanted_stage) - stage)) -le 1 ]
}

wanted_stage() { jq '{trust: 1, sign: 2, forget: 3}[.authorities.step // ""] // 0' "$GRANT"; }

# stage_words FILE [FOLDER]: in the words of the configuration, what is wrong with the grant's step; nothing where the file is of no
# stage. A key is the same at two stages, ca.crt at none.
stage_words() {
  local stage
  stage=$(known_stage "$1")
  [ -n "$stage" ] || return 0
  leads_to_grant ca.crt "${2:-}" || stage=$(known_stage ca.crt)
  [ -n "$stage" ] || return 0
  jq -r --argjson stage "$stage" '["trust", "sign", "forget"] as $steps | .authorities
    | "certificates.authorities.step: found \(.step), expected "
      + (if $stage == 3 then "forget: the earlier authorities are forgotten here, and nothing leads back"
         elif $stage == 2 and .step == "trust" then "sign or forget: everything here is signed by the new authorities, and nothing leads back"
         else "\($steps[$stage]) first: this machine is as \(if $stage == 0 then "before the exchange" else "after \($steps[$stage - 1])" end)" end)' "$GRANT"
}
