# shellcheck shell=bash
# Whether this machine's own API server can serve clients: what kube-vip's announcers and BIRD's go by. Sourced by them,
# with the variables of verbs/announce.sh; `credential` prints the kubeconfig of an administrator.
# shellcheck disable=SC2154,SC2034

# shellcheck source=administrator.sh
. "$BUNDLE/grant/lib/administrator.sh"
# shellcheck source=trust.sh
. "$BUNDLE/grant/lib/trust.sh"
# shellcheck source=peers.sh
. "$BUNDLE/grant/lib/peers.sh"

# The API server has only just started, at this very look.
starting=''

know_api_server() {
  named=$(machine .address)
  server=$named:$(node '.endpoint | .apiServerPort // .port')
  api=https://$server
}

# answers: the API server can serve clients.
# Not announced: /readyz, since /livez answers before the server has finished starting.
# Announced: /livez, which an election of etcd does not disturb. Without its etcd check: when etcd loses its quorum
# every API server fails that check, and all machines would withdraw at once, for longer than the loss itself lasts.
# This machine's own etcd is asked instead, without a quorum (serializable): while it is down, this machine's API server
# cannot serve clients, and the others can. Then, for `outvoted`, whether the API server has started (a new one lives and
# refuses clients with 403 until it knows its roles), whether it is ready, and whether its etcd has the quorum.
# 0.7 s: a killed server that is slow to die answers nothing for a while; two such waits (verbs/announce.sh) and
# the pause between the probes stay within two seconds.
answers() {
  local status=0 etcd="http://127.0.0.1:2381/health?exclude=NOSPACE"
  [ -e "$PKI/ca.crt" ] || return 1
  if [ -z "$since" ]; then
    unready=''
    ask 0.7 "$api/readyz"
    return
  fi
  ask 0.7 "$api/livez?exclude=etcd" "$etcd&serializable=true" \
    "$api/readyz?exclude=etcd&exclude=etcd-readiness" "$api/readyz" "$etcd" || status=$?
  [ "$status" = 0 ] || [[ $ANSWERS == "200 200 "* ]] || return "$status"
  note_readiness "$status"
  starting=''
  [ -z "$refused_now" ] || [[ $ANSWERS == "200 200 200 "* ]] || starting=yes
}

# outvoted: this machine's API server lives and is not ready, one of another machine serves, and this one still does not.
# One that is starting is not waited for: what it lacks has nothing to do with an election of etcd.
outvoted() {
  local waited=$((now - unready)) others=()
  [ -z "$starting" ] || waited=$PATIENCE_READYZ
  [ -n "$refused_now" ] && [ "$waited" -ge "$PATIENCE_READ" ] && [ -s "$ROSTER_JSON" ] || return 1
  mapfile -t others < <(jq -r --arg own "$named" --arg port "${api##*:}" '.[].address | select(. != $own) | "https://\(.):\($port)"' "$ROSTER_JSON")
  reads_at_a_peer || { [ "$waited" -ge "$PATIENCE_READYZ" ] && serving_peer -- "${others[@]/%//readyz}"; } || return 1
  # After the peer has answered: an election of etcd ends everywhere at the same instant.
  answers && [ -n "$refused_now" ]
}

# reads_at_a_peer: as an administrator, since not everybody may read it.
reads_at_a_peer() {
  know_administrator "$ROOT$(credential)" || return 1
  # One object and no version: the API server reads it from etcd, not from what it remembers.
  serving_peer "${ADMINISTRATOR[@]}" -- \
    "${others[@]/%//api/v1/namespaces/default}"
}
