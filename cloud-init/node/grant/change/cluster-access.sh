# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS, OTHERS and API_PORT are the grant's (lib/grant.sh)
# kubectl during a change: another machine's API server first, since this one's may be away. Sourced after lib/cluster.sh.

ACCESS=$WORK/change.conf
# For as long as a verb may run (receive/unit.sh).
ACCESS_FOR=3h

# ask_cluster ARGUMENT...: kubectl with an administrator's rights on a control-plane machine, whatever the certificates
# on its disk are; with kubelet's own on a worker.
ask_cluster() {
  # A bare `return` in what a trap calls (ENDINGS) gives the status from before the trap.
  local address status=0
  if [ "$(role)" = worker ]; then
    kubectl --kubeconfig "$KUBERNETES/kubelet.conf" --request-timeout 20s "$@" || status=$?
    return "$status"
  fi
  address=$(ready_server) || return 1
  kubectl --kubeconfig "$ACCESS" --server "https://$address:$API_PORT" --request-timeout 20s "$@" || status=$?
  return "$status"
}

# ready_server: the address of an API server that is ready, another machine's where there is one; makes ACCESS.
ready_server() {
  local address words said=
  [ -s "$ACCESS" ] || admin_kubeconfig "$ACCESS" "$ADDRESS" "$WORK/pki" "$ACCESS_FOR" || return 1
  for address in $OTHERS "$ADDRESS"; do
    words=$(api_ready "$address" 2>&1) && {
      printf '%s\n' "$address"
      return 0
    }
    said+="$address: $words; "
  done
  printf '%s\n' "no API server is ready: $said" >&2
  return 1
}
