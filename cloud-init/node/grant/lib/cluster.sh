# shellcheck shell=bash
# The cluster as seen from this machine: API servers, the VIP, an administrator's kubeconfig.
# Sourced after grant.sh and role.sh. CA is the certificate that every answer must verify against.

CA=$PKI/ca.crt

# port_at ADDRESS: the endpoint's port, or the one that API servers have themselves.
port_at() { if [ "$1" = "$VIP" ]; then echo "$PORT"; else echo "$API_PORT"; fi; }

# api_ready ADDRESS: an API server of this cluster answers there and is ready.
api_ready() {
  curl -sS -f -o /dev/null -m 5 --connect-timeout 2 --cacert "$CA" "https://$1:$(port_at "$1")/readyz"
}

# accepts ADDRESS: anything at all accepts a connection on the API's port there, whatever it says. A balancer
# that is there before the cluster accepts too: behind one, something must also speak TLS.
accepts() {
  local connected what=time_connect
  if [ "$1" = "$VIP" ] && ! is '.announcer.kind | startswith("kube-vip-")'; then what=time_appconnect; fi
  connected=$(curl -sk -o /dev/null -m 4 --connect-timeout 2 -w "%{$what}" "https://$1:$(port_at "$1")/livez" || true)
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

# vip_here: the VIP lies on an interface of this machine. A host name lies on none.
vip_here() { [[ $VIP =~ ^[0-9.]+$ ]] && [ -n "$(ip -4 -o address show to "$VIP/32")" ]; }
vip_away() { ! vip_here; }

# admin_kubeconfig FILE SERVER KEYS: an administrator for a quarter of an hour, from the directory KEYS.
admin_kubeconfig() {
  kubeadm_config "$WORK/admin.yaml" \
    '{"certificatesDir": "'"$3"'", "controlPlaneEndpoint": "'"$2:$(port_at "$2")"'"}'
  kubeadm kubeconfig user --org system:masters --client-name rackplane-member --validity-period 15m \
    --config "$WORK/admin.yaml" >"$1"
}

# ca_pin: SHA-256 of the CA's public key, as kubeadm wants it.
ca_pin() {
  local sum
  # Between its first and its last line PEM is DER in base64.
  sum=$(openssl x509 -in "$CA" -noout -pubkey | sed '/^-/d' | base64 -d | sha256sum)
  printf 'sha256:%s\n' "${sum%% *}"
}
