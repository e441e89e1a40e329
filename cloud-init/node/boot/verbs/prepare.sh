#!/usr/bin/env bash
# prepare                      makes this machine ready for a control plane; runs at every boot
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/role.sh
. "$BUNDLE/boot/lib/role.sh"

# A machine's way to readiness. Each step is a file in steps/, safe to run again, and ends by itself.
steps=(
  "tools          jq and curl are here"
  "metadata       ask the platform who this machine is"
  "identity       this machine's name, address and interface"
  "kernel         forward pods' packets, do not swap"
  "packages       containerd, kubeadm, kubelet and kubectl"
  "cni-plugins    the plugins that connect pods"
  "containerd     image mirrors, cgroups, sandbox image"
  "images         pull what a control plane runs"
  "balancer       the balancer and keepalived"
  "bgp-neighbors  wait until the platform names the switches to speak BGP with"
  "peer-routes    reach the switches through the private network"
)

# applies STEP: the step is one of this kind of machine.
applies() {
  case $1 in
  tools) ;;
  metadata) is '.machine.kind == "equinix-metal"' ;;
  identity) ! metadata_peers ;;
  balancer) balances || is .announcer.speaker ;;
  bgp-neighbors | peer-routes) metadata_peers ;;
  *) [ "$(role)" != balancer ] ;;
  esac
}

# /run holds this boot's files only. The status file starts anew at each boot too; the last one is kept.
mkdir -p "$STATE" "$RUNDIR"
rm -f "$RUNDIR/prepared"
if [ ! -e "$RUNDIR/preparing" ]; then
  [ ! -e "$STATUS" ] || mv -f "$STATUS" "$STATUS.last"
  # An edit that a power cut ended is taken back before its settings are used.
  [ ! -d "$STATE/previous" ] || bash "$BUNDLE/bin/rackplane" take-back || true
  : >"$RUNDIR/preparing"
fi

# tell_platform STATE CODE MESSAGE: sends the same progress to the platform's event log. Best effort: a boot must not
# fail or wait for it, so nothing more is sent after the first failure.
tell_platform() {
  [ -z "${unheard:-}" ] || return 0
  [ -n "${events_url+read}" ] || events_url=$(jq -r '.user_state_url // empty' "$METADATA_JSON" 2>/dev/null) || true
  [ -n "$events_url" ] || return 0
  jq -cn --arg state "$1" --argjson code "$2" --arg message "$3" '{state: $state, code: $code, message: $message}' |
    curl -fsS --noproxy '*' -m 2 -H 'Content-Type: application/json' --data-binary @- "$events_url" >/dev/null 2>&1 || unheard=yes
}

# tell_host_key: once in its life a machine tells the platform its SSH host key. The platform knows by itself which
# machine posts an event, so it vouches for the key, and `pulumi up` sends no grant to a machine that shows another one.
# Only the first key that is told counts, since any program that runs here later could post one.
tell_host_key() {
  local told=$STATE/host-key-told
  [ ! -e "$told" ] || return 0
  for _ in {1..10}; do
    unheard=''
    tell_platform running 1099 "rackplane host key: $(cut -d' ' -f1,2 "$ROOT/etc/ssh/ssh_host_ed25519_key.pub")"
    [ -n "$events_url" ] || break
    if [ -z "$unheard" ]; then
      : >"$told"
      return
    fi
    pause "${RACKPLANE_POLL:-1}"
  done
  # A boot does not fail for it: `up` says which key it misses.
  say metadata wait "the platform's event log '$events_url' takes no host key of this machine"
}

# step_file NAME: the step `balancer` is in grant/; a machine that needs it got the whole program before `prepare`.
step_file() {
  if [ -e "$BUNDLE/boot/steps/$1.sh" ]; then echo "$BUNDLE/boot/steps/$1.sh"; else echo "$BUNDLE/grant/steps/$1.sh"; fi
}

# run_step NAME TITLE CODE: a step in a shell of its own. A step that fails says why in the status file; one that ended
# without a word (a program in it failed) is named here.
run_step() {
  local name=$1 title=$2 code=$3 began=$EPOCHREALTIME took status=0
  say "$name" start "$title"
  tell_platform running "$code" "$name: $title"
  bash "$(step_file "$name")" || status=$?
  # The metadata that this step fetched says where events go.
  [ "$name" != metadata ] || unset events_url
  took=$((${EPOCHREALTIME/./} - ${began/./}))
  if [ "$status" != 0 ]; then
    tail -n 1 "$STATUS" | cut -f3,4 | grep -qx "$name"$'\t'failed ||
      say "$name" failed "steps/$name.sh ended with status $status; what it said is in 'journalctl -u rackplane-prepare'"
    tell_platform failed $((code + 2)) "$(tail -n 1 "$STATUS" | cut -f3,5 | tr '\t' ' ')"
    exit 1
  fi
  say "$name" "done" "$(printf '%d.%03d s' $((took / 1000000)) $((took / 1000 % 1000)))"
  tell_platform running $((code + 1)) "$name: done"
}

began=$SECONDS
say prepare start "this machine becomes ready for a control plane"
code=1000
for entry in "${steps[@]}"; do
  read -r name title <<<"$entry"
  [ "$name" = tools ] || applies "$name" || continue
  run_step "$name" "$title" "$code"
  [ "$name" != metadata ] || tell_host_key
  # The first step brings jq, without which node.json cannot be read.
  if [ "$name" = tools ] && ! jq -e '.schema == 1' "$NODE_JSON" >/dev/null; then
    die prepare "$NODE_JSON has schema $(jq -c .schema "$NODE_JSON" 2>&1); this program knows schema 1: send both anew with 'pulumi up'"
  fi
  code=$((code + 10))
done
say prepare "done" "$((SECONDS - began)) s"
date +%s >"$RUNDIR/prepared"
tell_platform succeeded "$code" "prepared"
