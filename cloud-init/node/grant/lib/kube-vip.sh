# shellcheck shell=bash
# Makes kube-vip on this machine announce the endpoint, and stop: the part that both kinds of kube-vip share. Sourced by
# the announcers, with the variables of verbs/announce.sh. Each kind defines:
#   vip_device              the interface that the VIP lies on
#   credential              the kubeconfig that kube-vip works with
#   missing                 kube-vip runs and still does not do its part
#   after_withdrawal        what else ends the announcement
#   hand_over               before a withdrawal by choice, while this machine still serves
#   PARTING                 the signal that kube-vip is ended with
# shellcheck disable=SC2154,SC2034

# shellcheck source=kube-vip-process.sh
. "$BUNDLE/grant/lib/kube-vip-process.sh"
# shellcheck source=own-api-server.sh
. "$BUNDLE/grant/lib/own-api-server.sh"

MANIFEST=$ROOT/etc/kubernetes/manifests/kube-vip.json
# The credential in the pod that was rendered last.
rendered_with=''
# Not on a disk that may be full.
SOURCE=$RUNDIR/kube-vip.json
# The BGP neighbours and their passwords; jq/kube-vip.jq says when the pod reads it.
PEERS=$RUNDIR/kube-vip-peers.json

# render: writes the static pod as kubelet will get it, without its nonce, outside of kubelet's directory.
render() {
  local manifest peers
  rendered_with=$(credential)
  peers=$(jq -f "$BUNDLE/grant/jq/kube-vip-peers.jq" "$MACHINE_JSON")
  manifest=$(jq --slurpfile machine "$MACHINE_JSON" --arg credential "$rendered_with" -f "$BUNDLE/grant/jq/kube-vip.jq" "$NODE_JSON")
  place "$PEERS" 600 <<<"$peers"
  place "$SOURCE" 600 <<<"$manifest"
}

# know_machine: sets what begin and leave need.
know_machine() {
  device=$(vip_device)
  know_api_server
}

# begin: renders at each start, since a new node.json and new program files arrive with a restart.
begin() {
  know_machine
  render
  [ ! -e "$MANIFEST" ] || since=$now
  if [ -z "$since" ] || placed_source; then return 0; fi
  ! answers || hand_over
  withdraw "kube-vip's configuration changed"
}

# announce REASON: kubelet gets the manifest, always as a new pod. The same pod placed again would count as
# a restart of the old one, with kubelet's growing back-off; the nonce makes each one new.
announce() {
  # kubelet reads every file of this directory whose name does not start with a dot.
  local new=${MANIFEST%/*}/.kube-vip.json.new
  render
  mkdir -p "${MANIFEST%/*}"
  jq --arg nonce "$EPOCHREALTIME" --arg source "$(source_hash)" \
    '.metadata.annotations += {"rackplane/nonce": $nonce, "rackplane/source": $source}' "$SOURCE" >"$new"
  mv -f "$new" "$MANIFEST"
  since=$now gone=''
  tell_state
  say announce "done" "$vip is announced: $1"
}

# withdraw REASON: the route is gone within some 30 ms. kubelet alone would take up to 30 s (kube-vip at times ignores
# its first SIGTERM), and no other program takes the address off lo.
withdraw() {
  end_kube_vip
  ip addr del "$vip/32" dev "$device" 2>/dev/null || true
  after_withdrawal
  since='' good='' gone='' quiet=2000000
  tell_state
  say announce wait "$vip is withdrawn: $1"
}

end_kube_vip() {
  local pid pids tries=0
  rm -f "$MANIFEST"
  pids=$(kube_vip_pids "$vip")
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$pids" ] || kill -"$PARTING" $pids 2>/dev/null || true
  while [ -n "$(living "$pids")" ] && [ "$tries" -lt 10 ]; do
    pause 0.02
    tries=$((tries + 1))
  done
  for pid in $(living "$pids"); do kill -KILL "$pid" 2>/dev/null || true; done
}

# leave: kube-vip ends together with the API server that it would have to tell, so the other machines or the switches
# would notice only when the lease or the hold time is over.
leave() {
  [ -e "$MANIFEST" ] || return 0
  know_machine
  give_away "this machine shuts down"
}

give_away() {
  hand_over
  withdraw "$1"
}

# tend_kube_vip: keeps the announcement in place. If the address or the process was taken away, kube-vip is placed again
# after 30 s, the time that kubelet gets to start it.
tend_kube_vip() {
  if ! placed_source; then
    withdraw "its manifest was changed or taken away"
  elif [ -n "$(kube_vip_pids "$vip")" ] && ! missing; then
    gone=''
  else
    gone=${gone:-$now}
    [ $((now - gone)) -lt "${RACKPLANE_PATIENCE_US:-30000000}" ] || announce "kube-vip or its address was gone"
  fi
}

# idle: removes a VIP that an earlier run left. While the address is here, this machine's own calls to the endpoint, a
# join's included, end at its own dead API server.
idle() { ! holds_address || withdraw "$vip was still here"; }

# The manifest shows by a hash which source it was made from. Whoever may look at the pod sees the hash, and could try
# passwords until one fits, if nothing but the peers went into it; the CA's key is there before any announcement.
source_hash() { { cat "$SOURCE" "$PEERS" "$PKI/ca.key" 2>/dev/null || true; } | sha256sum | cut -d' ' -f1; }

# placed_source: kubelet was given this very source.
placed_source() {
  [ "$(jq -r '.metadata.annotations["rackplane/source"]' "$MANIFEST" 2>/dev/null)" = "$(source_hash)" ]
}

holds_address() { [ -n "$(ip -o addr show dev "$device" to "$vip/32" 2>/dev/null)" ]; }

# living PIDS: those that still run; one that is dead but not yet reaped has no executable any more.
living() {
  local pid
  for pid in $1; do
    [ ! -e "$ROOT/proc/$pid/exe" ] || printf '%s ' "$pid"
  done
}
