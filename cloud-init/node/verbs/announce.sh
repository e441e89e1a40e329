#!/usr/bin/env bash
# announce                     announces the endpoint exactly while this machine's API server answers (a service)
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/lib/common.sh"
# shellcheck source=../lib/announcement.sh
. "$BUNDLE/lib/announcement.sh"
# shellcheck source=../lib/peer-routes.sh
. "$BUNDLE/lib/peer-routes.sh"

# `announce` is restarted when its program is updated; the announcement stays, and is taken over.
# So there is nothing to do at a stop.
[ "${1:-}" != stop ] || exit 0

# Rendered at each start: a new node.json, like new program files, arrives with a restart.
until [ -s "$MACHINE_JSON" ]; do pause 1; done
render
vip=$(node .endpoint.address)
api="https://$(machine .address):$(node .endpoint.port)"
period=$(node '.announcer.probeSeconds * 1000000 | floor')
say announce start "$vip while $api answers, asked every $((period / 1000)) ms"

# answers: the API server is fit to be sent clients.
# Not announced: /readyz, since /livez answers before the server has finished starting.
# Announced: /livez, which an election of etcd does not disturb. Without its etcd check: when etcd loses its
# quorum every API server fails that check, and all machines would withdraw at once, for longer than the
# loss itself lasts. This machine's own etcd is asked instead, without a quorum (serializable): while it is
# down, this API server can serve nobody, and the others can.
answers() {
  local urls=("$api/readyz")
  [ -e "$PKI/ca.crt" ] || return 1
  [ -z "$since" ] || urls=("$api/livez?exclude=etcd" "http://127.0.0.1:2381/health?exclude=NOSPACE&serializable=true")
  curl -sf --fail-early --noproxy '*' -m 1 --cacert "$PKI/ca.crt" "${urls[@]}" >/dev/null
}

# Silences of the API server in a row. A dead one refuses at once, and the first refusal withdraws. One that
# says nothing within a second may be frozen, or this machine may be busy: the second silence decides, since
# machines that are all busy and all withdraw at once would turn slowness into an outage.
silences=0
MOST_SILENCES=2
TIMED_OUT=28 # curl's own number

# Since when (microseconds): announced, or empty; good answers without a gap, or empty; kube-vip not seen.
since='' good='' gone=''
now=${EPOCHREALTIME/./}
# How long answers must be good before an announcement. After a withdrawal two seconds: a kube-vip that comes
# back sooner can take 14 s until the switches accept its session.
quiet=0
[ ! -e "$MANIFEST" ] || since=$now
[ -z "$since" ] || placed_source || withdraw "kube-vip's configuration changed"
tell_state

next=$now checks=0
while :; do
  now=${EPOCHREALTIME/./}
  if answers; then
    good=${good:-$now} silences=0
    if [ -z "$since" ] && [ $((now - good)) -ge "$quiet" ]; then
      announce "$api/readyz answers"
    fi
  else
    if [ $? = "$TIMED_OUT" ]; then silences=$((silences + 1)); else silences=$MOST_SILENCES; fi
    good=''
    [ -z "$since" ] || [ "$silences" -lt "$MOST_SILENCES" ] || withdraw "$api does not answer"
  fi

  if [ -z "$since" ]; then
    # What another life of this machine left: while the address is on lo, this machine's own calls to the
    # endpoint, a join's included, end at its own dead API server.
    ! holds_address || withdraw "$vip was still here"
  elif [ $((checks % 5)) = 0 ]; then
    tend
  fi
  checks=$((checks + 1))

  # Absolute times, so that a probe's own duration does not stretch the period.
  now=${EPOCHREALTIME/./}
  next=$((next + period))
  [ "$next" -gt "$now" ] || next=$now
  [ "$next" -le "$now" ] || pause "$(printf '%d.%06d' $(((next - now) / 1000000)) $(((next - now) % 1000000)))"
done
