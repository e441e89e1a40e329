# shellcheck shell=bash
# The holder of the VIP may die, and the others would wait until its lease has run out: five seconds and more. So each
# machine looks who of the others is heard. When a majority of all machines does not hear the holder, its lease is freed.
#
# Two machines must not hold the address at once, and the one that is silent may only be cut off. Whom a majority does not
# hear, that one does not hear a majority; it gives the address up by itself, and before the lease is free:
#   it gives up       at most INTERVAL + TIMEOUT after the cut, when its first look without a majority ends, and some tenths
#                     of a second later kube-vip is ended and the address gone: 0.9 s + 0.3 s
#   the lease is free at least FREED_AFTER after the first silent look began, which was not before the cut: 1.8 s
# A machine that stood still may have lost its lease meanwhile; it finds out at the first look after it.
# Sourced by announcers/kube-vip-arp.sh, whose variables these functions share.
# shellcheck disable=SC2153,SC2154

# Seconds.
HEARING_INTERVAL=0.5
HEARING_TIMEOUT=0.4
# Milliseconds.
FREED_AFTER=1800
# Of two looks at the lease, while one that is silent does not hold the VIP.
SPARED_FOR=5000

# attend: beside the probes of this machine's own API server. With fewer than three machines no majority outlives one.
attend() {
  local others=()
  [ -s "$ROSTER_JSON" ] || return 0
  mapfile -t others < <(other_machines)
  [ ${#others[@]} -lt 2 ] || hear $$ "${others[@]}" &
}

other_machines() { jq -r --arg own "$named" '.[].address | select(. != $own)' "$ROSTER_JSON"; }

# hear ANNOUNCER ADDRESS...: as long as that process lives.
hear() {
  local announcer=$1 heard late words word address
  local -A spared=()
  shift
  while read -r heard late words; do
    kill -0 "$announcer" 2>/dev/null || return 0
    if ! majority $((heard + 1)) $(($# + 1)); then
      ! holds_address || give_up "$heard of $# other machines answer, and no majority holds it with this one"
    elif [ "$late" != 0 ] && holds_address && leads_elsewhere; then
      give_up "this machine stood still for $late ms, and another one leads"
    else
      for word in $words; do
        address=${word%=*} word=${word#*=}
        if [ "$word" -ge "$FREED_AFTER" ] && due "$address" "$word"; then
          spared[$address]=$word
          free_silent "$address" || true
        fi
      done
    fi
  done < <(exec perl "$BUNDLE/grant/lib/hears.pl" "$HEARING_INTERVAL" "$HEARING_TIMEOUT" "${api##*:}" "$@")
}

# majority COUNT OF: so many of all are more than half.
majority() { [ "$1" -gt $(($2 / 2)) ]; }

# due ADDRESS MILLISECONDS: it was not found to be no holder a moment ago, in this very silence.
due() {
  local last=${spared[$1]:-}
  [ -z "$last" ] || [ "$2" -lt "$last" ] || [ $(($2 - last)) -ge "$SPARED_FOR" ]
}

# give_up REASON: at once; the announcer's own loop finds the manifest gone and does the rest (tend_kube_vip).
give_up() {
  end_kube_vip
  ip addr del "$vip/32" dev "$device" 2>/dev/null || true
  say announce wait "$vip is given up: $1"
}

# know_lease: sets HOLDER and RENEWED, as this machine's own API server has them with etcd's quorum.
know_lease() {
  local lease
  know_administrator "$ROOT$(credential)" || return 1
  lease=$(curl -sf --noproxy '*' -m 0.5 --cacert "$PKI/ca.crt" "${ADMINISTRATOR[@]}" "$api/$LEASE") || return 1
  { read -r HOLDER && read -r RENEWED; } < <(jq -r '.spec | .holderIdentity // "", .renewTime // ""' <<<"$lease")
}

leads_elsewhere() { know_lease && [ -n "$HOLDER" ] && [ "$HOLDER" != "$(machine .name)" ]; }

# free_silent ADDRESS: of the machine there, if it holds the VIP and a majority does not hear it. Nothing is freed that was
# renewed since: the patch tests both.
free_silent() {
  local name patch status
  name=$(jq -r --arg address "$1" '.[] | select(.address == $address) | .name' "$ROSTER_JSON")
  know_lease || {
    # etcd may elect a leader just now.
    unset "spared[$1]"
    return 1
  }
  [ "$HOLDER" = "$name" ] || return 0
  unset "spared[$1]"
  majority $((1 + $(deaf_to "$name" "$1"))) "$(jq length "$ROSTER_JSON")" || {
    say announce wait "$name does not answer here, and holds $vip; no majority of all machines says the same"
    return 0
  }
  patch=$(jq -cn --arg name "$name" --arg renewed "$RENEWED" '[
    {op: "test", path: "/spec/holderIdentity", value: $name},
    {op: "test", path: "/spec/renewTime", value: $renewed},
    {op: "replace", path: "/spec/holderIdentity", value: ""}]')
  status=$(patch_lease "$named" <<<"$patch")
  [ "$status" != 200 ] || say announce wait "the lease of $name is freed: a majority of all machines does not hear it"
}

# deaf_to NAME ADDRESS: how many of the other machines serve and do not hear that one, as they find at this moment. Each
# one's API server is asked to ask that one's kubelet: an answer of any kind, a refused connection too, is heard.
deaf_to() {
  local peer options=() count=0
  while read -r peer; do
    [ "$peer" != "$2" ] || continue
    rm -f "$RUNDIR/heard-by-$peer"
    options+=(-o /dev/null "https://$peer:${api##*:}/readyz" -o "$RUNDIR/heard-by-$peer" "https://$peer:${api##*:}/api/v1/nodes/$1/proxy/healthz")
  done < <(other_machines)
  while read -r peer; do
    ! grep -qs refused "$RUNDIR/heard-by-$peer" || continue
    count=$((count + 1))
  done < <(curl -s --parallel --parallel-immediate --noproxy '*' --connect-timeout 0.3 -m 0.5 --cacert "$PKI/ca.crt" "${ADMINISTRATOR[@]}" \
    -w '%{url} %{http_code}\n' "${options[@]}" | deaf_peers)
  echo "$count"
}

# deaf_peers: of curl's lines, those who are ready and got no answer from the one that they were asked about: none in time,
# or an error of the API server's own (apimachinery, util/proxy: 502 and 503).
deaf_peers() {
  local url status peer
  local -A ready=() deaf=()
  while read -r url status; do
    peer=${url#https://} peer=${peer%%:*}
    case $url:$status in
    */readyz:200) ready[$peer]=yes ;;
    */proxy/healthz:000 | */proxy/healthz:50[023]) deaf[$peer]=yes ;;
    esac
  done
  for peer in "${!ready[@]}"; do [ -z "${deaf[$peer]:-}" ] || echo "$peer"; done
}
