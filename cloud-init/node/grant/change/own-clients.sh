# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # ADDRESS and API_PORT are the grant's (lib/grant.sh)
# While etcd here is exchanged, this machine's API server goes on accepting requests and answers none of them. kubelet is
# among those who ask it, and waits half a minute for an answer about etcd's mirror pod before it starts etcd's container,
# often twice (measured: 48 to 104 s without etcd). Refused at once, it goes on at once. So this machine's own programs are
# refused for as long as etcd here does not answer: the API server could tell them nothing.
# Sourced after lib/etcd.sh and leave-balancers.sh, by whose comment and mark a later verb finds a rule that was left.

# The process that watches etcd.
ETCD_WATCHER=

own_clients() { filter "$1" INPUT -s "$ADDRESS/32" -d "$ADDRESS/32" -p tcp -m tcp --dport "$API_PORT" -m comment --comment "$LEFT_RULE" -j REJECT --reject-with tcp-reset; }

# refuse_own_clients: where there can be no such rule, kubelet waits.
refuse_own_clients() {
  ENDINGS+=(accept_own_clients)
  own_clients -C 2>/dev/null && return 0
  : >"$LEFT_BALANCERS"
  own_clients -I 2>/dev/null || return 0
  # A request that waits for its answer already sends nothing that could be refused.
  ss -K dst "$ADDRESS" dport = "$API_PORT" >/dev/null 2>&1 || true
}

accept_own_clients() { ! own_clients -C 2>/dev/null || own_clients -D 2>/dev/null || true; }

# spare_own_clients: refuses them whenever etcd here does not answer, until `end_sparing`.
spare_own_clients() {
  ENDINGS+=(end_sparing)
  watch_etcd $$ &
  ETCD_WATCHER=$!
}

watch_etcd() {
  trap - EXIT
  while kill -0 "$1" 2>/dev/null; do
    if etcd_healthy "$ADDRESS" >/dev/null 2>&1; then accept_own_clients; else refuse_own_clients; fi
    pause "${RACKPLANE_POLL:-1}"
  done
}

end_sparing() {
  [ -n "$ETCD_WATCHER" ] || return 0
  kill "$ETCD_WATCHER" 2>/dev/null || true
  wait "$ETCD_WATCHER" 2>/dev/null || true
  ETCD_WATCHER=
  accept_own_clients
}
