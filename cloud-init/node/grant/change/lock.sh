# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and OTHERS are the grant's (lib/grant.sh)
# The cluster's lock: a Lease in kube-system. Of the changes of changes.json one machine of the control plane does one at a
# time, whether an operator, a second one or a machine's own timer asks for it, and so do machines that join a cluster that
# serves already. What only announces anew takes no lock. A worker, whose kubelet may not write there, takes none: Pulumi
# changes workers in batches.

LOCK_NAME=rackplane
# A holder renews it every LOCK_RENEW seconds; after LOCK_SECONDS without it, the lock counts as left behind.
LOCK_SECONDS=${RACKPLANE_LOCK_SECONDS:-60}
LOCK_RENEW=10
LOCK_HOLDER=
LOCK_RENEWER=

# take_lock HOLDERS: waits for it, while so many others may have it before, and renews it until the verb ends.
take_lock() {
  [ "$(role)" = control-plane ] && [ -z "$LOCK_HOLDER" ] || return 0
  if [ -z "$OTHERS" ] && ! api_ready "$ADDRESS" >/dev/null 2>&1; then
    say lock wait "no lock: this machine is the only one, and its API server is away"
    return 0
  fi
  LOCK_HOLDER="$NAME $VERB $EPOCHREALTIME"
  # One that was left behind is known as such after its whole time.
  await lock $(($1 * DEADLINE + LOCK_SECONDS)) "the cluster's lock (the Lease $LOCK_NAME in kube-system), under which one machine at a time is changed" lock_taken
  ENDINGS+=(release_lock)
  renew_lock $$ &
  LOCK_RENEWER=$!
}

# lock_taken: one try. A lock is left behind when its holder has not renewed it for its whole time, by this machine's own
# clock alone: clocks of two machines may differ. An earlier run of this machine's own is over, since one verb runs at a
# time.
lock_taken() {
  local found holder='' version='' seconds='' seen='' since='' seenfile=$WORK/lock-seen
  found=$(ask_cluster -n kube-system get lease "$LOCK_NAME" --ignore-not-found -o json) || return 1
  [ -n "$found" ] || {
    lease | ask_cluster create -f - >/dev/null
    return
  }
  { read -r version && read -r seconds && read -r holder; } < <(jq -r --argjson seconds "$LOCK_SECONDS" \
    '.metadata.resourceVersion, (.spec.leaseDurationSeconds // $seconds), (.spec.holderIdentity // "")' <<<"$found") || true
  if [ -n "$holder" ] && [ "${holder%% *}" != "$NAME" ]; then
    tell_uptime
    { read -r seen since <"$seenfile"; } 2>/dev/null || true
    if [ "$seen" != "$version" ]; then
      printf '%s %s\n' "$version" "$UPTIME" >"$seenfile"
      since=$UPTIME
    fi
    [ $((UPTIME - since)) -ge $((seconds * 1000000)) ] || {
      echo "held by '$holder', which changes its machine now; a lock that was left behind is free $seconds s after its holder's end"
      return 1
    }
  fi
  # The version makes it fail when another machine was faster.
  lease "$version" | ask_cluster replace -f - >/dev/null
}

# lease [VERSION]: the Lease as this verb holds it, in the place of that version.
lease() {
  jq -n --arg name "$LOCK_NAME" --arg holder "$LOCK_HOLDER" --argjson seconds "$LOCK_SECONDS" --arg version "${1:-}" \
    --arg now "$(lease_time)" '{
      apiVersion: "coordination.k8s.io/v1", kind: "Lease",
      metadata: ({name: $name, namespace: "kube-system"} + if $version == "" then {} else {resourceVersion: $version} end),
      spec: {holderIdentity: $holder, leaseDurationSeconds: $seconds, acquireTime: $now, renewTime: $now}}'
}
lease_time() { date -u +%Y-%m-%dT%H:%M:%S.%6NZ; }

# patch_lock FIELD VALUE: only while this verb holds it.
patch_lock() {
  local patch
  patch=$(jq -cn --arg holder "$LOCK_HOLDER" --arg path "/spec/$1" --arg value "$2" \
    '[{op: "test", path: "/spec/holderIdentity", value: $holder}, {op: "replace", path: $path, value: $value}]')
  ask_cluster -n kube-system patch lease "$LOCK_NAME" --type json --patch "$patch" >/dev/null 2>&1
}

# renew_lock VERB: until the process VERB ends, killed or not. A renewal that fails is tried again; the change goes on
# without the lock, since a half-changed machine is worse.
renew_lock() {
  trap - EXIT
  while kill -0 "$1" 2>/dev/null; do
    patch_lock renewTime "$(lease_time)" || true
    pause "$LOCK_RENEW"
  done
}

# await_lock: it is this verb's still.
await_lock() {
  [ -z "$LOCK_HOLDER" ] || await lock "$LOCK_SECONDS" "the cluster's lock to be this verb's still; nothing was changed here yet: run 'pulumi up' again" lock_kept
}
lock_kept() {
  patch_lock renewTime "$(lease_time)" || {
    echo "the API does not answer, or another machine has taken the lock meanwhile"
    return 1
  }
}

release_lock() {
  [ -n "$LOCK_HOLDER" ] || return 0
  [ -z "$LOCK_RENEWER" ] || kill "$LOCK_RENEWER" 2>/dev/null || true
  patch_lock holderIdentity "" || say lock wait "the lock could not be given back; it is free in $LOCK_SECONDS s"
  LOCK_HOLDER=''
}
