#!/usr/bin/env bash
# announce                     holds the endpoint, or its part of it, exactly while this machine is fit to (a service)
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../../boot/lib/identity.sh
. "$BUNDLE/boot/lib/identity.sh"
# shellcheck source=../lib/held-back.sh
. "$BUNDLE/grant/lib/held-back.sh"

# `announce` is restarted when its program is updated. The announcement stays meanwhile and the new process takes it
# over, so a stop withdraws only when the machine shuts down.
stopping=no
LEAVING=$RUNDIR/leaving
if [ "${1:-}" = stop ]; then
  # Not `is-system-running`: it says `starting` when a machine shuts down before its boot has finished.
  [ -n "$(systemctl list-jobs --no-legend shutdown.target 2>/dev/null || true)" ] || exit 0
  stopping=yes
fi

# The kinds of announcer. Each is a file that defines these functions, which use the variables below:
#   begin              set up from node.json and machine.json; sets `since` when the machine announces already
#   answers            this machine is fit; whether it is ready, too, it notes for `outvoted` (lib/peers.sh)
#   outvoted           it is fit and not ready, while another machine is: PEER
#   announce, withdraw (with a reason)
#   tend, idle         keep up what is announced; keep away what is not
#   give_away          (with a reason) withdraw in order, while this machine still serves
#   leave              this machine shuts down
case "$(role) $(node '.announcer | .speaker // .kind')" in
"control-plane bird")
  # shellcheck source=../announcers/bird.sh
  . "$BUNDLE/grant/announcers/bird.sh"
  ;;
"control-plane kube-vip-bgp")
  # shellcheck source=../announcers/kube-vip-bgp.sh
  . "$BUNDLE/grant/announcers/kube-vip-bgp.sh"
  ;;
"control-plane kube-vip-arp")
  # shellcheck source=../announcers/kube-vip-arp.sh
  . "$BUNDLE/grant/announcers/kube-vip-arp.sh"
  ;;
"control-plane keepalived" | "balancer balancers")
  # shellcheck source=../announcers/keepalived.sh
  . "$BUNDLE/grant/announcers/keepalived.sh"
  ;;
*) die announce "a machine of role $(role) announces nothing for the endpoint kind $(node .announcer.kind); expected this service not to run here: 'systemctl disable --now rackplane-announcer'" ;;
esac

# tell_state: tells `rackplane status` and the verbs whether this machine announces ("yes" or "no"), and since when.
tell_state() {
  # At a shutdown two processes of this program write this file.
  place "$RUNDIR/announcing" 644 <<<"$([ -n "$since" ] && echo yes || echo no) $EPOCHREALTIME"
}

# Timeouts of the API server in a row. A dead server refuses at once, and the first refusal withdraws. After a timeout
# the server may be frozen, or this machine busy, so only the second one withdraws: if all machines are busy and all
# withdraw at once, slowness becomes an outage.
silences=0
MOST_SILENCES=2
TIMED_OUT=28 # curl's own number

# In microseconds: since when this machine announces, all answers are good, kube-vip is missing. Empty: not now.
since='' good='' gone=''
tell_uptime
now=$UPTIME
# How long answers must be good before an announcement. After a withdrawal two seconds: switches can take 14 s to accept
# the session of a kube-vip that comes back sooner, and a machine that flaps is of no use to clients.
quiet=0
# What the kind probes, as messages name it.
api=''

vip=$(node .endpoint.address)
if [ "$stopping" = yes ]; then
  # The running service ends only after this process, and must not announce again meanwhile.
  mkdir -p "$RUNDIR"
  : >"$LEAVING"
  leave
  exit
fi
# The mark is left from a shutdown that was called off, or from one that keeps /run (soft-reboot).
if [ -e "$LEAVING" ]; then
  rm -f "$LEAVING"
  "$BUNDLE/bin/rackplane" return-to-balancers || true
fi

if metadata_peers; then
  until [ -s "$MACHINE_JSON" ]; do pause 1; done
else
  # A grant may have brought other BGP peers or another interface. On a full disk what is there has to do: the gate must
  # not wait for space.
  compose_machine || [ -s "$MACHINE_JSON" ] || await announce 3600 "this machine's identity" compose_machine
fi
period=$(node '.announcer.probeSeconds // 1 | . * 1000000 | floor')
begin
say announce start "$vip while $api answers, asked every $((period / 1000)) ms"
tell_state

next=$now checks=0
while :; do
  tell_uptime
  now=$UPTIME
  if held_back; then
    good=''
    [ -z "$since" ] || give_away "this machine is being changed"
  elif answers; then
    good=${good:-$now} silences=0
    if [ -z "$since" ] && [ ! -e "$LEAVING" ] && [ $((now - good)) -ge "$quiet" ]; then
      announce "$api answers"
    elif [ -n "$since" ] && [ -n "$unready" ] && outvoted; then
      withdraw "$api is not ready, and $PEER is"
    fi
  else
    if [ $? = "$TIMED_OUT" ]; then silences=$((silences + 1)); else silences=$MOST_SILENCES; fi
    good=''
    [ -z "$since" ] || [ "$silences" -lt "$MOST_SILENCES" ] || withdraw "$api does not answer"
  fi

  if [ -z "$since" ]; then
    idle
  elif [ $((checks % 5)) = 0 ] && [ ! -e "$LEAVING" ]; then
    tend
  fi
  checks=$((checks + 1))

  # Absolute times, so that a probe's own duration does not stretch the period.
  tell_uptime
  now=$UPTIME
  next=$((next + period))
  [ "$next" -gt "$now" ] || next=$now
  [ "$next" -le "$now" ] || pause "$(printf '%d.%06d' $(((next - now) / 1000000)) $(((next - now) % 1000000)))"
done
