# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME and DEADLINE are the grant's (lib/grant.sh)
# kube-proxy's configuration, which all its pods read when they start. This machine's pod tries it first: where it does not
# come up, the cluster gets the earlier one back, and every other pod has gone on with that. Then the others, one at a time.
# Sourced by change.sh, after cluster-access.sh.

# Seconds for which the pod that tries it has to run: one that refuses its configuration ends at once.
TRIED_FOR=5
# Seconds for the others. A machine that is away must not hold up the rest.
ROLLED_WITHIN=300

# At the ConfigMap, until every pod had its turn: the settings from before, which come back where a run was cut.
EARLIER_NOTE=rackplane/earlier

due_kube_proxy() {
  local wanted found document
  ! jq -e 'any(.kubeadm.init[]; .skipPhases // [] | index("addon/kube-proxy"))' "$GRANT" >/dev/null || return 0
  # A cluster whose kube-proxy a person took out has none to change.
  document=$(kube_proxy_document) || return 0
  found=$(jq -r '.data["config.conf"] // ""' <<<"$document") || return 0
  [ -n "$found" ] || return 0
  wanted=$(wanted_kube_proxy) || exit 1
  if [ "$found" = "$wanted" ]; then
    [ -z "$(earlier_kube_proxy <<<"$document")" ] || echo "complete the exchange of kube-proxy's settings that was cut off"
  else
    echo "kube-proxy restarts on every machine, one after the other, with other settings: $(changed_fields <(printf '%s\n' "$found") <(printf '%s\n' "$wanted"))"
  fi
}
earlier_kube_proxy() { jq -r --arg note "$EARLIER_NOTE" '.metadata.annotations[$note] // ""'; }

kube_proxy_document() { ask_cluster -n kube-system get configmap kube-proxy -o json 2>/dev/null; }

# wanted_kube_proxy: what kubeadm would write. kubectl turns its YAML into JSON here, and asks no server.
wanted_kube_proxy() {
  kubeadm_config "$WORK/kube-proxy.yaml"
  { kubeadm init phase addon kube-proxy --print-manifest --config "$WORK/kube-proxy.yaml" 2>"$WORK/kube-proxy.log" |
    kubectl patch --local -f - --type merge -p '{}' -o json | jq -r 'select(.kind == "ConfigMap") | .data["config.conf"]'; } ||
    die kube-proxy "kubeadm refuses kubeProxy: $(tail -n 3 "$WORK/kube-proxy.log" | tr '\n' ' '); nothing was changed; correct it and run 'pulumi up' again"
}

do_kube_proxy() {
  local wanted earlier
  # Another machine may have done it, while this one waited for the lock.
  [ -n "$(due_kube_proxy)" ] || return 0
  kube_proxy_document >"$WORK/kube-proxy-before.json"
  earlier=$(earlier_kube_proxy <"$WORK/kube-proxy-before.json")
  [ -n "$earlier" ] || earlier=$(jq -r '.data["config.conf"]' "$WORK/kube-proxy-before.json")
  wanted=$(wanted_kube_proxy)
  await kube-proxy 60 "the cluster to take kube-proxy's settings" put_kube_proxy "$wanted" "$earlier"
  if ! tried_kube_proxy; then
    await kube-proxy 60 "the cluster to take kube-proxy's earlier settings" put_kube_proxy "$earlier"
    own_kube_proxy_starts || true
    die kube-proxy "kube-proxy does not come up on $NAME with these settings: $(<"$WORK/kube-proxy-words"); the earlier ones are back, and no other machine has tried them: correct kubeProxy, or take the edit back, and run 'pulumi up' again"
  fi
  await kube-proxy 60 "the cluster to start its other kube-proxies anew" roll_kube_proxy "$(sha256sum <<<"$wanted" | cut -c 1-16)"
  await_kube_proxies
  await kube-proxy 60 "the cluster to forget kube-proxy's earlier settings" put_kube_proxy "$wanted"
}

# put_kube_proxy TEXT [EARLIER]: with the earlier text as a note, or without one.
put_kube_proxy() {
  kube_proxy_document | jq --arg text "$1" --arg note "$EARLIER_NOTE" --arg earlier "${2:-}" '
    .data["config.conf"] = $text
    | if $earlier == "" then del(.metadata.annotations[$note]) else .metadata.annotations[$note] = $earlier end' |
    ask_cluster replace -f - >/dev/null
}

own_kube_proxy() {
  ask_cluster -n kube-system get pods -l k8s-app=kube-proxy --field-selector "spec.nodeName=$NAME" -o json
}

# own_kube_proxy_starts: the DaemonSet makes this machine's pod anew.
own_kube_proxy_starts() {
  ask_cluster -n kube-system delete pods -l k8s-app=kube-proxy --field-selector "spec.nodeName=$NAME" --wait=false >/dev/null
}

# tried_kube_proxy: this machine's pod, made anew, runs and goes on running. Why not is in $WORK/kube-proxy-words.
tried_kube_proxy() {
  local earlier words deadline
  earlier=$(own_kube_proxy | jq -r '[.items[].metadata.uid] | join(" ")') || earlier=
  own_kube_proxy_starts || true
  tell_uptime
  deadline=$((UPTIME + 120 * 1000000))
  until words=$(own_kube_proxy | jq -r --arg earlier "$earlier" --argjson seconds "$TRIED_FOR" '
    [.items[] | select(.metadata.uid as $uid | $earlier | contains($uid) | not)] | first as $pod
    | ($pod.status.containerStatuses // []) | first as $status
    | if $status.state.running and ($status.state.running.startedAt | fromdate) + $seconds <= now and $status.restartCount == 0 then ""
      elif ($status.restartCount // 0) > 1 then "it ends whenever it starts: \($status.lastState.terminated.message // $status.state.waiting.message // "see its log")"
      else "it does not run yet" end') && [ -z "$words" ]; do
    printf '%s\n' "${words:-no API server tells}" >"$WORK/kube-proxy-words"
    tell_uptime
    [[ $words != "it ends"* ]] && [ "$UPTIME" -lt "$deadline" ] || return 1
    pause "${RACKPLANE_POLL:-1}"
  done
}

# roll_kube_proxy WORD: another word in the template has the DaemonSet make its pods anew, one at a time.
roll_kube_proxy() {
  ask_cluster -n kube-system patch daemonset kube-proxy --patch \
    "$(jq -cn --arg word "$1" '{spec: {template: {metadata: {annotations: {"rackplane/configuration": $word}}}}}')" >/dev/null
}

await_kube_proxies() {
  local words deadline
  tell_uptime
  deadline=$((UPTIME + ROLLED_WITHIN * 1000000))
  until words=$(ask_cluster -n kube-system get daemonset kube-proxy -o json | jq -r '
    if .status.observedGeneration == .metadata.generation and (.status.updatedNumberScheduled // 0) == .status.desiredNumberScheduled
      and (.status.numberUnavailable // 0) == 0 then ""
    else "\(.status.updatedNumberScheduled // 0) of \(.status.desiredNumberScheduled) have started anew, \(.status.numberUnavailable // 0) are away" end') && [ -z "$words" ]; do
    tell_uptime
    if [ "$UPTIME" -ge "$deadline" ]; then
      say kube-proxy wait "${words:-no API server tells}; the rest follow by themselves once their machines are back ('kubectl -n kube-system get pods -l k8s-app=kube-proxy -o wide')"
      return 0
    fi
    pause "${RACKPLANE_POLL:-1}"
  done
  say kube-proxy "done" "every kube-proxy runs with the settings"
}
