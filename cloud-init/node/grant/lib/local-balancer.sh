# shellcheck shell=bash
# A worker's own balancer: HAProxy at 127.0.0.1, with every control-plane machine behind it. Whatever on this machine
# connects to the endpoint's address is led there by one rule of iptables: kubelet, its bootstrap included, kube-proxy and
# all other pods on the machine's network. They keep the endpoint in their configurations, so certificates hold, nothing
# differs from machine to machine, and without the rule everything goes to the VIP again.
# Sourced after common.sh, role.sh and balancing.sh.

LOCAL_UNIT=rackplane-local-balancer.service
LOCAL_CONFIGURATION=$CONFIGURATIONS/local-balancer.cfg
# Exists from when the balancer was first seen to answer: from then on its service leads packets to it at every start.
LED=$STATE/local-balancer
# The rule's comment, by which it is found whatever the settings were with which it was made.
RULE=rackplane-local-balancer

wants_local_balancer() { is '.role == "worker" and .localBalancer != null'; }

# follow_local_balancer: balancer and packets are as node.json and the roster say.
follow_local_balancer() {
  if wants_local_balancer; then
    use_local_balancer
  elif [ -e "$LOCAL_CONFIGURATION" ] || [ -e "$LED" ]; then
    use_endpoint
  fi
}

use_local_balancer() {
  local words
  bash "$BUNDLE/grant/steps/balancer.sh" || exit 1
  configure_local_balancer
  if ! systemctl is-active --quiet "$LOCAL_UNIT"; then
    systemctl enable --quiet "$LOCAL_UNIT"
    words=$(systemctl start "$LOCAL_UNIT" 2>&1) ||
      die local-balancer "$LOCAL_UNIT did not start: ${words:-no reason given}; expected HAProxy to listen at 127.0.0.1:$(local_port); see 'journalctl -u $LOCAL_UNIT' and 'ss -ltnp sport = :$(local_port)' here; this machine goes on by the endpoint"
    note_local_configuration
  elif ! locally_applied; then
    words=$(systemctl reload "$LOCAL_UNIT" 2>&1) ||
      die local-balancer "$LOCAL_UNIT did not reload: ${words:-no reason given}; it goes on with its earlier configuration; see 'journalctl -u $LOCAL_UNIT' here"
    note_local_configuration
  fi
  await local-balancer "${DEADLINE:-60}" "an API server to be ready through this machine's balancer" local_balancer_answers
  [ ! -e "$LED" ] || ! packets_led || return 0
  : >"$LED"
  sync "$LED"
  lead_packets
  await local-balancer 30 "every connection of this machine to the endpoint to go by its balancer" all_led
  say local-balancer "done" "this machine reaches the API by its own balancer, at 127.0.0.1:$(local_port)"
}

# configure_local_balancer: a configuration that HAProxy refuses does not take the place of the one that is there.
configure_local_balancer() {
  local text words new=$LOCAL_CONFIGURATION.new
  text=$(render haproxy) || die local-balancer "no configuration could be made from $NODE_JSON and $ROSTER_JSON; run 'pulumi up' again"
  place "$new" 600 <<<"$text" || die local-balancer "$new could not be written; free space on that disk and run 'pulumi up' again"
  words=$(haproxy -c -q -f "$new" 2>&1) || {
    rm -f "$new"
    die local-balancer "HAProxy refuses its configuration: $words; expected it to be valid; this machine goes on as it was"
  }
  mv -f "$new" "$LOCAL_CONFIGURATION"
}

# use_endpoint: the way by the VIP is tried before the balancer ends, since kubelet must not be left without a server.
# Connections that are open stay with the balancer until then. Where the VIP does not answer, the verb ends, and with the
# earlier settings the machine has its rule again (membership/take-back.sh).
use_endpoint() {
  local vip port
  vip=$(node .endpoint.address) port=$(node .endpoint.port)
  leave_packets
  [ ! -e "$LED" ] ||
    await local-balancer "${DEADLINE:-60}" "the endpoint https://$vip:$port to answer this machine, before its own balancer is taken away" asks_through "$vip" "$port"
  rm -f "$LED"
  systemctl disable --quiet --now "$LOCAL_UNIT" || die local-balancer "$LOCAL_UNIT did not stop; see 'systemctl status $LOCAL_UNIT' here"
  rm -f "$LOCAL_CONFIGURATION" "$RUNDIR/applied-local-balancer"
  say local-balancer "done" "this machine reaches the API by the endpoint, https://$vip:$port; its own balancer is gone"
}

local_port() { node .localBalancer.port; }

note_local_configuration() { sha256sum <"$LOCAL_CONFIGURATION" | place "$RUNDIR/applied-local-balancer" 600; }
# locally_applied: the balancer runs with the configuration that is on disk.
locally_applied() { [ "$(cat "$RUNDIR/applied-local-balancer" 2>/dev/null)" = "$(sha256sum <"$LOCAL_CONFIGURATION")" ]; }

# local_balancer_answers: an API server of this cluster is ready behind the balancer.
local_balancer_answers() { asks_through 127.0.0.1 "$(local_port)"; }

# asks_through ADDRESS PORT: whether an API server is ready there, which has to have the endpoint's certificate. A
# machine that has not joined has no CA yet.
asks_through() {
  local vip port trust=(-k)
  vip=$(node .endpoint.address) port=$(node .endpoint.port)
  [ ! -s "$PKI/ca.crt" ] || trust=(--cacert "$PKI/ca.crt")
  curl -sS -f --noproxy '*' -o /dev/null -m 5 --connect-timeout 2 "${trust[@]}" \
    --connect-to "$vip:$port:$1:$2" "https://$vip:$port/readyz"
}

# The rule. Made for packets of this machine alone: those of pods with a network of their own are not among them.
rule() {
  printf '%s\n' -p tcp -d "$(node .endpoint.address)/32" --dport "$(node .endpoint.port)" \
    -m comment --comment "$RULE" -j DNAT --to-destination "127.0.0.1:$(local_port)"
}
nat() { iptables -w 10 -t nat "$@"; }

packets_led() {
  local words
  mapfile -t words < <(rule)
  nat -C OUTPUT "${words[@]}" 2>/dev/null
}

lead_packets() {
  local words
  mapfile -t words < <(rule)
  packets_led || nat -I OUTPUT "${words[@]}"
  cut_past
}

leave_packets() {
  local line words
  while IFS= read -r line; do
    read -ra words <<<"${line//\"/}"
    nat -D "${words[@]:1}"
  done < <(nat -S OUTPUT | grep -e "--comment \"\?$RULE\"\? ")
}

# past: the connections of this machine's programs to the endpoint that go past its balancer, `FROM PROCESS` one a line.
# The kernel leads a connection by its first packet, so one that was open before the rule goes on as it was.
past() {
  local all by from process
  all=$(ss -Htnp state established dst "$(node .endpoint.address):$(node .endpoint.port)" | awk '{ print $3, $5 }')
  # Asked for second: what is here by now, the balancer has, too.
  by=$(ss -Htn state established sport = ":$(local_port)" | awk '{ print $4 }')
  while read -r from process; do
    [ -z "$from" ] || grep -qxF "$from" <<<"$by" || printf '%s %s\n' "$from" "$process"
  done <<<"$all"
}

# cut_past: these connections are ended, as their clients' own timeouts would only do in most of a minute; the clients
# connect anew at once. A kernel that cannot do that (no CONFIG_INET_DIAG_DESTROY) leaves kubelet to be restarted.
cut_past() {
  local from process
  while read -r from process; do
    ss -K src "$from" dst "$(node .endpoint.address):$(node .endpoint.port)" >/dev/null 2>&1 || true
  done < <(past)
  # kubelet may itself wait for the start of the service that runs this.
  [[ $(past) != *'"kubelet"'* ]] || systemctl try-restart --no-block kubelet.service
}

# all_led: no connection of kubelet goes past the balancer; one that does is ended.
all_led() {
  local found
  found=$(past | grep -F '"kubelet"') || return 0
  cut_past
  echo "kubelet's connection from ${found%% *} goes to the VIP"
  return 1
}
