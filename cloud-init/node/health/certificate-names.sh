# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and VIP are those of the verb that asks
# Sourced after lib/cluster.sh.

# healthy_certificate_names: what the API server on this machine shows to clients, not what lies on the disk.
healthy_certificate_names() {
  local shown name check missing=()
  shown=$(timeout 5 openssl s_client -connect "$ADDRESS:$API_PORT" </dev/null 2>/dev/null | openssl x509 2>/dev/null) || return 0
  [ -n "$shown" ] || return 0 # nothing answers; `api-server` says so
  openssl verify -no_check_time -CAfile "$CA" <(printf '%s\n' "$shown") >/dev/null 2>&1 || {
    echo "a certificate that this cluster's CA has not signed ($(openssl x509 -noout -issuer <<<"$shown"))"
    return 1
  }
  for name in "$VIP" "$ADDRESS" "$NAME" kubernetes.default.svc; do
    if [[ $name =~ ^[0-9.]+$ ]]; then check=-checkip; else check=-checkhost; fi
    [[ $(openssl x509 -noout "$check" "$name" <<<"$shown") == *"does match"* ]] || missing+=("$name")
  done
  [ ${#missing[@]} -eq 0 ] || {
    echo "a certificate without ${missing[*]}"
    return 1
  }
}
