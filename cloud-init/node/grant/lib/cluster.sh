# shellcheck shell=bash
# The cluster as seen from this machine: API servers, the VIP, an administrator's kubeconfig.
# Sourced after grant.sh and role.sh. CA is the certificate that every answer must verify against.

CA=$PKI/ca.crt

# port_at ADDRESS: the endpoint's port at the VIP, the API servers' own port at a machine.
port_at() { if [ "$1" = "$VIP" ]; then echo "$PORT"; else echo "$API_PORT"; fi; }

# api_ready ADDRESS: an API server of this cluster answers there and is ready.
api_ready() {
  curl -sS -f --noproxy '*' -o /dev/null -m 5 --connect-timeout 2 --cacert "$CA" "https://$1:$(port_at "$1")/readyz"
}

# accepts ADDRESS: something accepts a connection on the API's port there, whatever it answers. A balancer accepts even
# before the cluster exists: where the VIP may lead to one, a TLS handshake must succeed too.
accepts() {
  local connected what=time_connect
  if [ "$1" = "$VIP" ] && ! is '.announcer.kind | startswith("kube-vip-")'; then what=time_appconnect; fi
  connected=$(curl -sk --noproxy '*' -o /dev/null -m 4 --connect-timeout 2 -w "%{$what}" "https://$1:$(port_at "$1")/livez" || true)
  [[ $connected == *[1-9]* ]]
}

# sponsor: the address of a ready API server that is not this machine's; the VIP only when no machine
# of the roster answers, since this machine may hold it itself.
sponsor() {
  local address words said=
  for address in $OTHERS "$VIP"; do
    words=$(api_ready "$address" 2>&1) && {
      printf '%s\n' "$address"
      return
    }
    said+="$address: $words; "
  done
  printf '%s\n' "${said}this machine joins and never forms: bring an API server back, or restore etcd from a snapshot"
  return 1
}

# vip_here: the VIP lies on an interface of this machine. An endpoint that is a host name never does.
vip_here() { [[ $VIP =~ ^[0-9.]+$ ]] && [ -n "$(ip -4 -o address show to "$VIP/32")" ]; }
vip_away() { ! vip_here; }

# admin_kubeconfig FILE SERVER KEYS [DURATION]: an administrator's kubeconfig for 15 minutes, or so long, signed by the CA
# in the directory KEYS.
admin_kubeconfig() {
  kubeadm_config "$WORK/admin.yaml" \
    '{"certificatesDir": "'"$3"'", "controlPlaneEndpoint": "'"$2:$(port_at "$2")"'"}'
  kubeadm kubeconfig user --org system:masters --client-name rackplane-member --validity-period "${4:-15m}" \
    --config "$WORK/admin.yaml" | with_authorities "$3/ca.crt" >"$1"
}

# with_authorities FILE: a kubeconfig on standard input, with every certificate of FILE as what it trusts. kubeadm takes
# the first alone (its kubeconfig phases and its renewal, 1.31 to 1.37), which while CAs are exchanged is the signer.
with_authorities() {
  local data
  data=$(base64 -w 0 <"$1")
  sed -E "s|^( *certificate-authority-data:).*|\1 $data|"
}

# ca_pin: SHA-256 of the CA's public key, as kubeadm wants it.
ca_pin() {
  local sum
  # Between its first and its last line PEM is DER in base64.
  sum=$(openssl x509 -in "$CA" -noout -pubkey | sed '/^-/d' | base64 -d | sha256sum)
  printf 'sha256:%s\n' "${sum%% *}"
}
