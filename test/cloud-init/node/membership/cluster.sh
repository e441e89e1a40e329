# shellcheck shell=bash
# shellcheck disable=SC2034  # the programs beside this file read its variables
# A pretended cluster for the programs beside this file, kept as files below $FAKE:
#   members       etcd's list, a line each: ID, name or -, address, voting or learner
#   etcd/ADDRESS  that etcd runs            api/ADDRESS   that API server is ready
#   nodes/NAME    a Node                   tokens/ID     a bootstrap token  own          this machine's etcd member ID
#   vip           the VIP lies here        elsewhere      the VIP lies on another machine, which leads here
#   calls         every program run, with its arguments
# cut: a place ("kubeadm join: learner") at which everything is killed, like a power loss. faults/NAME: things that go wrong.

printf '%s\n' "${0##*/} $*" >>"$FAKE/calls"
KUBERNETES=$RACKPLANE_ROOT/etc/kubernetes
PKI=$KUBERNETES/pki
DATA=$RACKPLANE_ROOT/var/lib/etcd
# The programs are started some hundred times a test, so they read with builtins what they can.
read -r OWN_NAME <"$FAKE/name" || true
read -r OWN <"$FAKE/address" || true
VIP=203.0.113.1

# place NAME: a moment at which the machine may die; its processes die together.
place() {
  printf '%s\n' "$1" >>"$FAKE/places"
  [ -e "$FAKE/cut" ] || return 0
  if [ "$(<"$FAKE/cut")" = "$1" ]; then
    rm "$FAKE/cut"
    kill -KILL 0
  fi
}

# fault NAME: succeeds when that thing is to go wrong; each entry of a counted fault goes wrong once.
fault() {
  [ -e "$FAKE/faults/$1" ] || return 1
  local left
  left=$(cat "$FAKE/faults/$1")
  [ -n "$left" ] || return 0
  if [ "$left" -le 1 ]; then rm "$FAKE/faults/$1"; else echo $((left - 1)) >"$FAKE/faults/$1"; fi
}

# change_members AWK-PROGRAM [AWK OPTION...]
change_members() {
  local program=$1
  shift
  awk "$@" "$program" "$FAKE/members" >"$FAKE/members.new" && mv "$FAKE/members.new" "$FAKE/members"
}
# quorum: more than half of the voting members run.
quorum() {
  local voting=0 running=0 address role
  while read -r _ _ address role; do
    [ "$role" = voting ] || continue
    voting=$((voting + 1))
    [ ! -e "$FAKE/etcd/$address" ] || running=$((running + 1))
  done <"$FAKE/members"
  [ "$voting" -gt 0 ] && [ "$running" -gt $((voting / 2)) ]
}
listed() { grep -q "^$(<"$FAKE/own") " "$FAKE/members"; }

# own_etcd_starts, own_api_starts: what kubelet does with the manifests and data that lie here.
own_etcd_starts() {
  [ -e "$DATA/member/id" ] && [ -e "$KUBERNETES/manifests/etcd.yaml" ] || return 0
  # An image that does not start.
  ! grep -q 'etcd:broken' "$KUBERNETES/manifests/etcd.yaml" || return 0
  cp "$DATA/member/id" "$FAKE/own"
  ! listed || : >"$FAKE/etcd/$OWN"
}
own_api_starts() {
  [ -e "$FAKE/etcd/$OWN" ] && [ -e "$KUBERNETES/manifests/kube-apiserver.yaml" ] || return 0
  # The program refuses its arguments.
  ! grep -q -e '- --bad' "$KUBERNETES/manifests/kube-apiserver.yaml" || return 0
  : >"$FAKE/api/$OWN"
  : >"$FAKE/api/$VIP"
  # A verb holds the VIP back; a test's announcer (machine.ts) sees to it.
  [ ! -e "$RACKPLANE_ROOT/run/rackplane/held-back" ] || return 0
  [ -e "$FAKE/elsewhere" ] || : >"$FAKE/vip"
  echo "yes 1" >"$RACKPLANE_ROOT/run/rackplane/announcing"
}
# own_stops: this machine's etcd and API server are gone, and the announcer has seen it.
own_stops() {
  rm -f "$FAKE/etcd/$OWN" "$FAKE/api/$OWN" "$FAKE/vip"
  echo "no 1" >"$RACKPLANE_ROOT/run/rackplane/announcing"
  [ -n "$(find "$FAKE/api" -name '10.*')" ] || rm -f "$FAKE/api/$VIP"
}
