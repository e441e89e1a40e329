# shellcheck shell=bash
# The machine that has the address is dead: the others need not wait for its lease to run out. heartbeats.pl tells who has
# fallen silent and ends a kube-vip here that the others may call silent; silence.pl says why two machines never have the
# address because of that. This file runs it beside the announcer, and frees the lease of a holder that a majority of
# the control-plane machines calls silent. What the majority's words do not know, the patch does: it names the lease as it was
# when the holder was last suspected, so a holder whose kube-vip has renewed it since then keeps it.
# As an administrator, as when the announcer frees its own lease: a control-plane machine has that credential and the
# CA's key anyway, so an account of its own would take nothing away from it.
# Sourced by announcers/kube-vip-arp.sh, whose variables these functions share.
# shellcheck disable=SC2154,SC2034

LEASE=/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/plndr-cp-lock
# heartbeats.pl: what it says comes from this descriptor; its process; what it was started with, and when.
BEATS='' BEATS_PID='' beats_of='' beats_since=0
# It ended by itself.
beats_ended=''
# The holder that is suspected, the resourceVersion of its lease, and before when nothing is freed.
suspected='' seen='' not_before=0
# Microseconds since boot. What was said before is not acted upon: the machine may have come back.
WORD_AGE=1000000
RENEWAL=2500000

# keep_watch: keeps heartbeats.pl running, for the machines that the roster has now. Of two machines none is a majority.
keep_watch() {
  local others
  [ $((checks % 5)) = 0 ] || [ -n "$beats_ended" ] || return 0
  beats_ended=''
  others=$(beating_others) || others=''
  if [ -n "$BEATS" ]; then
    # It bids farewell first, and its end is seen by rest.
    [ "$others" = "$beats_of" ] || kill "$BEATS_PID" 2>/dev/null || true
    return 0
  fi
  [ -n "$others" ] || return 0
  beats_of=$others beats_since=$now
  # shellcheck disable=SC2086  # a list of words
  exec {BEATS}< <(exec perl "$BUNDLE/grant/lib/heartbeats.pl" "$device" "$vip" "${api##*:}" "$RUNDIR" "$MANIFEST" $others)
  BEATS_PID=$!
}

# beating_others: this machine's name, and NAME=ADDRESS of each other one of the roster.
beating_others() {
  [ -s "$ROSTER_JSON" ] && jq -r --arg own "$(machine .name)" '
    if length >= 3 and any(.[]; .name == $own)
    then [$own, (.[] | select(.name != $own) | "\(.name)=\(.address)")] | join(" ") else "" end' "$ROSTER_JSON"
}

# cut_off: heartbeats.pl has withdrawn. Without it, the lease alone decides, as on machines that have no such program.
cut_off() { [ -n "$BEATS" ] && [ -e "$RUNDIR/cut-off" ]; }

# rest MICROSECONDS: what heartbeats.pl says is acted upon at once.
rest() {
  local left seconds word machine at end status
  tell_uptime
  end=$((UPTIME + $1))
  while tell_uptime && left=$((end - UPTIME)) && [ "$left" -gt 0 ]; do
    printf -v seconds '%d.%06d' $((left / 1000000)) $((left % 1000000))
    if [ -z "$BEATS" ]; then
      pause "$seconds"
      continue
    fi
    status=0
    read -rt "$seconds" -u "$BEATS" word machine at || status=$?
    if [ "$status" = 0 ]; then
      hear_of "$word" "$machine" "$at"
      [ "$word" != cut-off ] || return 0
    elif [ "$status" -le 128 ]; then
      beats_over
    fi
  done
}

# beats_over: it has ended. A run that was too short for a fifth look is not followed by another one at once.
beats_over() {
  exec {BEATS}<&-
  BEATS='' suspected=''
  [ $((UPTIME - beats_since)) -lt $((5 * period)) ] || beats_ended=yes
  [ -n "$(beating_others)" ] || return 0
  say announce wait "the heartbeats have ended and begin anew: see 'journalctl -u rackplane-announcer'"
}

# hear_of WORD MACHINE AT: `cut-off` and `heard` have no machine. AT is in microseconds since boot.
hear_of() {
  tell_uptime
  case $1 in
  suspect) see_lease "$2" ;;
  silent)
    [ $((UPTIME - $3)) -lt "$WORD_AGE" ] || return 0
    if [ "$suspected" != "$2" ]; then
      see_lease "$2"
    elif [ "$UPTIME" -ge "$not_before" ]; then
      free_lease "$2"
    fi
    ;;
  heard) say announce wait "a majority of the control-plane machines hears this one again" ;;
  esac
}

# see_lease MACHINE: notes the lease if that machine holds it. This machine's API server reads it from etcd's majority.
see_lease() {
  local holder=''
  suspected=''
  know_administrator "$ROOT$(credential)" || return 0
  read -r holder seen < <(curl -s --noproxy '*' -m 0.7 --cacert "$PKI/ca.crt" "${ADMINISTRATOR[@]}" "$api$LEASE" |
    jq -r '"\(.spec.holderIdentity) \(.metadata.resourceVersion)"' 2>/dev/null) || true
  [ "$holder" != "$1" ] || suspected=$1
}

# free_lease MACHINE: 422: it is not as it was seen. So a kube-vip lives that renews it, and is given the time to do so again
# (kube-vip tries every second or two). Anything else, as while etcd elects a leader, is tried again with the next word.
free_lease() {
  local status patch
  patch='[{"op":"test","path":"/spec/holderIdentity","value":"'$1'"},
    {"op":"test","path":"/metadata/resourceVersion","value":"'$seen'"},
    {"op":"replace","path":"/spec/holderIdentity","value":""}]'
  status=$(patch_lease "$named" <<<"$patch")
  case $status in
  200)
    suspected=''
    say announce wait "$1 held the lease, and a majority of the control-plane machines hears nothing of it: the lease is freed"
    ;;
  422 | 409) suspected='' not_before=$((UPTIME + RENEWAL)) ;;
  esac
}
