# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS, OTHERS and API_PORT are the grant's (lib/grant.sh)
# kubectl during a change: another machine's API server first, since this one's may be away. Sourced after lib/cluster.sh
# and membership/records.sh.

ACCESS=$WORK/change.conf
# For as long as a verb may run (receive/unit.sh).
ACCESS_FOR=3h

# granted_to_member VERB: the first call of a verb for a member that is one already, whose grant brings no keys.
granted_to_member() {
  granted "$1"
  whole || die "$1" "this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
  use_own_keys
}

# use_own_keys: a verb has the cluster's keys from its grant; those of a member are the same.
use_own_keys() { [ -e "$WORK/pki" ] || ln -s "$PKI" "$WORK/pki"; }

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
  kubectl --kubeconfig "$ACCESS" --server "https://$address:$(port_at "$address")" --request-timeout 20s "$@" || status=$?
  return "$status"
}

# ready_server: the address of an API server that is ready, another machine's where there is one; makes ACCESS. The VIP where
# no machine of the configuration is a member yet, since all of them take others' places.
ready_server() {
  local address words said=
  [ -s "$ACCESS" ] || admin_kubeconfig "$ACCESS" "$ADDRESS" "$WORK/pki" "$ACCESS_FOR" || return 1
  for address in $OTHERS "$ADDRESS" "$VIP"; do
    words=$(api_ready "$address" 2>&1) && {
      printf '%s\n' "$address"
      return 0
    }
    said+="$address: $words; "
  done
  printf '%s\n' "no API server is ready: $said" >&2
  return 1
}
