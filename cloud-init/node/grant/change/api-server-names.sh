# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and API_PORT are the grant's (lib/grant.sh)
# The names and addresses that the API server's certificate is good for (apiServerNames). kubeadm makes another one in a
# folder of its own; the API server reads it from the disk without a restart. The earlier one comes back where the verb
# fails (lib/static-pods.sh).
# Sourced by change.sh, after lib/static-pods.sh, manifests.sh and certificates.sh.

OWN_PKI=$WORK/own-pki

due_api_server_names() {
  local words
  make_certificate
  words=$(with_and_without "$(names_in "$PKI/apiserver.crt")" "$(names_in "$OWN_PKI/apiserver.crt")")
  if [ -n "$words" ]; then
    echo "the API server gets a certificate $words"
  elif ! fits "$PKI/apiserver"; then
    echo "the API server gets a certificate, since key and certificate here do not fit"
  fi
}

# make_certificate: signed by the CA's key, which the machine has.
make_certificate() {
  rm -rf "$OWN_PKI"
  mkdir -p "$OWN_PKI"
  cp "$WORK/pki"/ca.{crt,key} "$OWN_PKI/"
  kubeadm_config "$WORK/names.yaml" "$(jq -n --arg pki "$OWN_PKI" '{certificatesDir: $pki}')"
  kubeadm init phase certs apiserver --config "$WORK/names.yaml" >"$WORK/names.log" 2>&1 ||
    die api-server-names "kubeadm made no certificate for the API server: $(tail -n 3 "$WORK/names.log" | tr '\n' ' '); nothing was changed"
}

# names_in FILE: one a line.
names_in() { openssl x509 -noout -ext subjectAltName -in "$1" 2>/dev/null | sed 1d | tr ',' '\n' | sed -E 's/^ *(DNS|IP Address)://' | sort -u; }

# fits FILE: the key is that of the certificate. A power loss between their writing leaves two that are not.
fits() {
  local key
  key=$(openssl pkey -pubout -in "$1.key" 2>/dev/null) || key=
  [ "$(openssl x509 -noout -pubkey -in "$1.crt" 2>/dev/null)" = "$key" ]
}

do_api_server_names() {
  keep_before
  place "$PKI/apiserver.key" 600 <"$OWN_PKI/apiserver.key"
  place "$PKI/apiserver.crt" 644 <"$OWN_PKI/apiserver.crt"
  await api-server-names "$SHOWN_WITHIN" "the API server here to show its new certificate; 'kill \$(pidof kube-apiserver)' starts it anew" shows "$ADDRESS:$API_PORT" "$PKI/apiserver.crt"
}
