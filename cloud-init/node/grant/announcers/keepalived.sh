# shellcheck shell=bash
# keepalived holds the VIP on one of the machines that are fit; a balancer on each of them passes connections on
# to the API servers. A machine is fit while its own balancer leads to an API server that is ready.
# Sourced by verbs/announce.sh, whose variables these functions share.
# shellcheck disable=SC2034,SC2154
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=../lib/readiness.sh
. "$BUNDLE/grant/lib/readiness.sh"
# shellcheck source=../lib/trust.sh
. "$BUNDLE/grant/lib/trust.sh"
# shellcheck source=../lib/peers.sh
. "$BUNDLE/grant/lib/peers.sh"
# shellcheck source=../change/leave-balancers.sh
. "$BUNDLE/grant/change/leave-balancers.sh"

# Exists while a copy of the address may be here.
COPY=$RUNDIR/address-copy
# Bad answers in a row, and the hash of the inputs of the configuration that runs.
misses=0 inputs=''

begin() {
  port=$(node .endpoint.port)
  device=$(node '.announcer.interface // empty' 2>/dev/null || machine .interface)
  balancer=$(node .announcer.balancer)
  server=127.0.0.1:$port named=$vip
  api="the balancer at $server"
  # This program may have been ended while it gave the address away.
  drop_copy
  # Machines outside of the cluster have no CA; clients verify the certificate themselves through the balancer.
  [ "$(role)" != balancer ] || trust=(-k)
  [ -e "$(configuration_of keepalived)" ] || note_newcomer
  if [ "$(cat "$FIT" 2>/dev/null)" = 0 ]; then since=$now; else tell_fit 1; fi
  follow_configuration
}

# tell_fit 0|1: keepalived watches this file; anything but 0 is a fault.
tell_fit() {
  mkdir -p "$RUNDIR"
  # Written in place: keepalived watches this very file.
  printf '%s\n' "$1" >"$FIT"
}

# answers: some API server is ready through the balancer on this machine. Its certificate is valid for the VIP. A
# balancer that refuses is dead, which counts at once. A bad answer may come from one API server that the balancer is
# about to take out, so while the VIP may be here, only the third in a row counts. An API server that lives and is not
# ready is no bad answer: perhaps none is ready anywhere, and then the VIP stays (`outvoted`).
answers() {
  local status=0
  [ "$balancer" != nginx ] || leave_out_the_unready
  [ -n "$since" ] || greeted || return 1
  [ "$(role)" = balancer ] || [ -e "$PKI/ca.crt" ] || return 1
  through_balancer readyz || status=$?
  if [ "$status" = 0 ]; then
    misses=0
    note_readiness 0
    return 0
  fi
  [ -n "$since" ] || return "$status"
  if [ "$status" != 7 ] && through_balancer "livez?exclude=etcd"; then
    misses=0
    note_readiness 22
    return 0
  fi
  misses=$((misses + 1))
  [ "$status" != 7 ] && [ "$misses" -lt 3 ]
}

through_balancer() { ask 1 --connect-to "$vip:$port:$server" "https://$vip:$port/$1"; }

# outvoted: through this machine's balancer no API server is ready, and through another machine's one is.
outvoted() {
  local others=()
  [ $((now - unready)) -ge "$PATIENCE_READYZ" ] || return 1
  mapfile -t others < <(electors | grep -vxF "$(machine .address)")
  others=("${others[@]/%/:$port/readyz}")
  serving_peer -- "${others[@]/#/https://}"
}

announce() {
  tell_fit 0
  since=$now misses=0
  tell_state
  say announce "done" "this machine may hold $vip: $1"
}

withdraw() {
  tell_fit 1
  since='' good='' quiet=2000000
  tell_state
  say announce wait "this machine does not hold $vip: $1"
}

# give_away: keepalived takes the address away as soon as it lets go, and another machine has it some tenths of a second
# later (VRRP's skew time). So that no client waits, a copy of it stays until that machine has told the network: with
# another length of prefix the kernel takes it for an address of its own, and keepalived knows nothing of it. The balancer
# here goes on for the connections that it has.
give_away() {
  local listener
  holds_address || {
    withdraw "$1"
    return 0
  }
  # As in kube-vip-arp.sh: while two machines have the address, this one names it in no question of its own.
  sysctl -qw "net/ipv4/conf/$device/arp_announce=2" || true
  perl "$BUNDLE/grant/lib/heard.pl" "$device" "$vip" 5 &
  listener=$!
  : >"$COPY"
  ip addr add "$vip/$(copy_prefix)" dev "$device" noprefixroute || true
  withdraw "$1"
  wait "$listener" || true
  drop_copy
}

copy_prefix() { if [ "$(node .announcer.prefix)" = 32 ]; then echo 31; else echo 32; fi; }

drop_copy() {
  [ -e "$COPY" ] || return 0
  ip addr del "$vip/$(copy_prefix)" dev "$device" 2>/dev/null || true
  rm -f "$COPY"
}

# leave: no client is left to a machine that goes. Balancers elsewhere lead nobody to its API server any more, whose etcd
# may end first, and the address is given away while the balancer here still serves.
leave() {
  device=$(node '.announcer.interface // empty' 2>/dev/null || machine .interface)
  if [ "$(role)" != balancer ]; then
    API_PORT=$(node '.endpoint | .apiServerPort // .port')
    OTHERS=$(jq -r --arg own "$(machine .address)" '.[].address | select(. != $own)' "$ROSTER_JSON")
    leave_balancers
  fi
  ! holds_address || give_away "it shuts down"
}

tend() { follow_configuration; }

idle() {
  # keepalived removes the VIP when it ends, unless it was killed.
  if holds_address && ! systemctl is-active --quiet rackplane-keepalived.service; then
    ip addr del "$vip/$(node .announcer.prefix)" dev "$device" 2>/dev/null || true
  fi
  [ $((checks % 5)) != 0 ] || follow_configuration
}

holds_address() { [ -n "$(ip -o addr show dev "$device" to "$vip/32" 2>/dev/null)" ]; }

# follow_configuration: applies anew when the roster, the settings or the CA changed, or when a service does not run.
follow_configuration() {
  local found
  found=$(configuration_inputs)
  if [ "$found" != "$inputs" ]; then
    compose_machine && configure && inputs=$found
    know_servers
  else
    apply
  fi || true
}
