# shellcheck shell=bash
# shellcheck disable=SC2154  # API_PORT is the verb's
# A restore makes a second cluster of one that lives, with the same keys: what a worker writes into the one, the other does
# not know. So nothing of it may be there, as seen from every machine.

# connects ADDRESS PORT: something accepts a connection there, whatever it says.
connects() {
  local connected
  connected=$(curl -sk --noproxy '*' -o /dev/null -m 4 --connect-timeout 2 -w '%{time_connect}' "https://$1:$2/livez" || true)
  [[ $connected == *[1-9]* ]]
}

# refuse_living ADDRESS...: dies when an API server or an etcd accepts a connection at one of them.
refuse_living() {
  local address port
  # shellcheck disable=SC2068  # lists of addresses
  for address in $@; do
    for port in "$API_PORT" 2379 2380; do
      if connects "$address" "$port"; then
        die restorable "$address:$port accepts connections, seen from $(uname -n): a part of the cluster lives there; expected silence, since a restore over a living cluster would make two of it; take restore out of the stack file where the cluster is well; where that machine is what is left of a lost one, run 'kubeadm reset --force' on it, which takes its data away, and 'pulumi up' again; nothing was changed"
      fi
    done
  done
}
