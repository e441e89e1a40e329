#!/bin/bash
# Stand-ins for what the announcer asks and changes. $RACKPLANE_ROOT/healthy makes the API server answer,
# frozen and slow-once let it time out, unready lets it live and not be ready, slow-ready be silent about it,
# starting lets it live and lack more than etcd,
# $RACKPLANE_ROOT/etcd-down makes this machine's etcd refuse, $RACKPLANE_ROOT/vip is the address on lo.
set -euo pipefail
root=$RACKPLANE_ROOT
printf '%s %s %s\n' "$EPOCHREALTIME" "${0##*/}" "$*" >>"$root/calls"

case "${0##*/} $*" in
# $RACKPLANE_ROOT/balancer-lives: an API server behind it answers /livez.
curl*--connect-to*/livez*) [ -e "$root/balancer-lives" ] || exit 22 ;;
# $RACKPLANE_ROOT/balancer: with what curl ends that goes through this machine's balancer; none: refused.
curl*--connect-to*) exit "$(cat "$root/balancer" 2>/dev/null || echo 7)" ;;
# $RACKPLANE_ROOT/serving: what the other machines answer, a status and the beginning of a URL a line.
curl*--parallel*"%{http_code} %{url}"*)
  while read -r status url; do
    for wanted; do [[ $wanted != "$url"* ]] || printf '%s %s\n' "$status" "$wanted"; done
  done < <(cat "$root/serving" 2>/dev/null)
  ;;
# $RACKPLANE_ROOT/servers: what each API server's /readyz says.
curl*--parallel*) cat "$root/servers" 2>/dev/null || true ;;
# $RACKPLANE_ROOT/lease: who holds it; $RACKPLANE_ROOT/peers: addresses at which an API server answers.
curl*PATCH*)
  peer=${*: -1}
  peer=${peer#https://}
  grep -qxF "${peer%%:*}" "$root/peers" || {
    printf 000
    exit 7
  }
  wanted=$(jq -r '.[0].value')
  if [ "$(cat "$root/lease")" = "$wanted" ]; then
    : >"$root/lease"
    printf 200
  else printf 422; fi
  ;;
# $RACKPLANE_ROOT/successor: the machine that takes a free lease and then tells the network that it has the address.
perl*/heard.pl*)
  [ -e "$root/successor" ] || exit 1
  until [ ! -s "$root/lease" ] || cmp -s "$root/lease" "$root/successor"; do sleep 0.02; done
  cp "$root/successor" "$root/lease"
  sleep 0.2
  printf '%s word\n' "$EPOCHREALTIME" >>"$root/calls"
  ;;
# $RACKPLANE_ROOT/advertised: addresses whose advertisements reach this machine; holders: what answers for the VIP.
perl*/advertised.pl*)
  for other in "${@:5}"; do ! grep -qsxF "$other" "$root/advertised" || exit 0; done
  sleep 0.1
  exit 1
  ;;
perl*/who-has.pl*) cat "$root/holders" 2>/dev/null || true ;;
# $RACKPLANE_ROOT/no-filter: nftables does not take it. What it took: filter.
"nft list table inet rackplane_vrrp") [ -e "$root/filter" ] ;;
"nft -f -") [ ! -e "$root/no-filter" ] && cat >"$root/filter" ;;
# The rules of filter's INPUT, one a line: rules.
"iptables -w 10 -t filter -C INPUT "*) grep -qsxF -e "-A ${*:6}" "$root/rules" ;;
"iptables -w 10 -t filter -I INPUT "*) echo "-A ${*:6}" >>"$root/rules" ;;
"iptables -w 10 -t filter -S INPUT") cat "$root/rules" 2>/dev/null || true ;;
"iptables -w 10 -t filter -D INPUT "*)
  grep -vxF -e "-A ${*:6}" "$root/rules" >"$root/rules.kept" || true
  mv "$root/rules.kept" "$root/rules"
  ;;
# $RACKPLANE_ROOT/shutting-down: the machine is.
"systemctl list-jobs --no-legend shutdown.target") [ ! -e "$root/shutting-down" ] || echo "101 shutdown.target start waiting" ;;
"systemctl is-active "*) [ -e "$root/active/${*: -1}" ] ;;
"systemctl reload "*) [ -e "$root/active/${*: -1}" ] ;;
"systemctl start "*) [ ! -e "$root/broken" ] && mkdir -p "$root/active" && : >"$root/active/${*: -1}" ;;
"ip -j -4 address show") echo '[{"ifname":"bond0","addr_info":[{"local":"10.70.17.9"}]}]' ;;
"ip -o addr show dev bond0 to "*) [ ! -e "$root/vip" ] || echo "2: bond0    inet 10.70.17.100/32 scope global bond0" ;;
curl*/livez*)
  [ ! -e "$root/frozen" ] || exit 28
  [ ! -e "$root/slow-once" ] || {
    rm "$root/slow-once"
    exit 28
  }
  [ -e "$root/healthy" ] || exit 22
  printf '200 '
  [ ! -e "$root/etcd-down" ] || exit 22
  printf '200 '
  [ ! -e "$root/slow-ready" ] || exit 28
  [ ! -e "$root/starting" ] || {
    printf '500 '
    exit 22
  }
  printf '200 '
  [ ! -e "$root/unready" ] || {
    printf '500 '
    exit 22
  }
  printf '200 200 '
  ;;
curl*) [ -e "$root/healthy" ] && [ ! -e "$root/unready" ] || exit 7 ;;
pidof*) cat "$root/pids" 2>/dev/null || exit 1 ;;
"ip -o addr show dev lo to "*) [ ! -e "$root/vip" ] || echo "1: lo    inet 203.0.113.1/32 scope global lo" ;;
"ip addr add "*)
  [ ! -e "$root/vip" ] || {
    echo "RTNETLINK answers: File exists" >&2
    exit 2
  }
  : >"$root/vip"
  ;;
"ip addr del "*)
  [ -e "$root/vip" ] || {
    echo "RTNETLINK answers: Cannot assign requested address" >&2
    exit 2
  }
  rm "$root/vip"
  ;;
# $RACKPLANE_ROOT/links: what interfaces have.
"ip -j -4 addr show dev "*) cat "$root/links" ;;
# As birdc 2.0.12: without a BIRD it fails; a word that BIRD does not know is an answer like any other.
birdc*)
  if [ "$1 $2" != "-s $root/run/rackplane-bird/bird.ctl" ] || [ ! -e "$root/active/rackplane-bird.service" ]; then
    echo "Unable to connect to server control socket ($2): No such file or directory"
    exit 1
  fi
  echo "BIRD 2.0.12 ready."
  case "${*:3}" in
  "show protocols vip")
    echo "Name       Proto      Table      State  Since         Info"
    echo "vip        Direct     ---        $([ -e "$root/vip-disabled" ] && echo down || echo up)     2026-12-01T14:45:02.212  "
    ;;
  "enable vip")
    if [ -e "$root/vip-disabled" ]; then echo "vip: enabled"; else echo "vip: already enabled"; fi
    rm -f "$root/vip-disabled"
    ;;
  "disable vip")
    if [ -e "$root/vip-disabled" ]; then echo "vip: already disabled"; else echo "vip: disabled"; fi
    : >"$root/vip-disabled"
    ;;
  *) echo "syntax error, unexpected CF_SYM_UNDEFINED" ;;
  esac
  ;;
"ip -j route get "*) if [ -e "$root/routes" ]; then echo '[{"gateway":"10.70.17.8","prefsrc":"10.70.17.9"}]'; else echo '[{"gateway":"198.51.100.40"}]'; fi ;;
"ip route replace "*) : >"$root/routes" ;;
esac
