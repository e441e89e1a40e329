# shellcheck shell=bash
# Sourced after lib/local-balancer.sh and containerd.sh.

# healthy_local_balancer: the balancer runs by this roster, an API server is ready behind it, and kubelet goes by it.
healthy_local_balancer() {
  local words
  runs_unit rackplane-local-balancer || return 1
  if [ "$(render haproxy)" != "$(cat "$LOCAL_CONFIGURATION" 2>/dev/null)" ] || ! locally_applied; then
    printf "it does not run by the list of control-plane machines that this machine has\trun 'rackplane lead' on it: /opt/rackplane/bin/rackplane lead\n"
    return 1
  fi
  packets_led || {
    echo "no rule of iptables leads to it what this machine sends to the endpoint; something has removed it"
    return 1
  }
  words=$(local_balancer_answers 2>&1) || {
    echo "no API server is ready behind it: $words"
    return 1
  }
  # Twice: a connection may end between the two looks that one answer takes.
  words=$(past | grep -F '"kubelet"') && words=$(past | grep -F "${words%% *} ") || return 0
  echo "kubelet's connection from ${words%% *} goes past it"
  return 1
}
