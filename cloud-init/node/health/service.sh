# shellcheck shell=bash
# Sourced after dns.sh and lib/cluster.sh.

# healthy_service: any answer of an API server is one; the Service `kubernetes` leads to all of them.
healthy_service() {
  local address words
  [ -e "$KUBERNETES/kubelet.conf" ] || return 0 # `parts` says so
  # Without an API server nobody knows the Service; `endpoint` says so.
  address=$(kubectl --kubeconfig "$KUBERNETES/kubelet.conf" --request-timeout 5s get service kubernetes -o 'jsonpath={.spec.clusterIP}' 2>/dev/null) || return 0
  [ -n "$address" ] || return 0
  words=$(from_pod curl -sS --noproxy '*' -o /dev/null -m 5 --cacert "$CA" "https://$address/livez" 2>&1) || {
    echo "https://$address, asked from a pod's network: $words"
    return 1
  }
}
