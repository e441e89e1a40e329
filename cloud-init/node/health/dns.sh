# shellcheck shell=bash
# Sourced after membership/records.sh.

# healthy_dns: the cluster's own DNS, asked as a pod on this machine asks it.
healthy_dns() {
  local server domain words
  [ -e "$KUBELET_CONFIG" ] || return 0 # `parts` says so
  server=$(awk '/^clusterDNS:/ { list = 1; next } list && /^ *-/ { gsub(/["'\'']/, "", $2); print $2; exit }' "$KUBELET_CONFIG")
  domain=$(awk '$1 == "clusterDomain:" { print $2 }' "$KUBELET_CONFIG")
  [ -n "$server" ] || return 0
  words=$(from_pod perl "$BUNDLE/health/look-up.pl" "$server" "kubernetes.default.svc.${domain:-cluster.local}" 2>&1) || {
    echo "$words"
    return 1
  }
}

# from_pod COMMAND...: from within the network of a pod on this machine; the machine's own where none has one. Of three
# pods one has to succeed: the network of a pod that ended badly may be left.
from_pod() {
  local network words=none status=1
  local -a networks=()
  mapfile -t networks < <(find "$ROOT/run/netns" -name 'cni-*' -printf '%T@ %p\n' 2>/dev/null | sort -rn | head -n 3 | cut -d' ' -f2)
  [ ${#networks[@]} -gt 0 ] || {
    "$@"
    return
  }
  for network in "${networks[@]}"; do
    status=0
    words=$(nsenter --net="$network" -- "$@" 2>&1) || status=$?
    [ "$status" != 0 ] || break
  done
  printf '%s\n' "$words"
  return "$status"
}
