# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and ADDRESS are the grant's (lib/grant.sh)
# A worker is a kubelet with a certificate of its own. The machine holds the CA's certificate and not the CA's key.

# shellcheck source=generation.sh
. "$BUNDLE/grant/membership/generation.sh"
# shellcheck source=a-worker.sh
. "$BUNDLE/grant/membership/a-worker.sh"

# refuse_control_plane: a machine is a control-plane machine or a worker; only a person decides to change that.
refuse_control_plane() {
  local part
  for part in "$ETCD_DATA" "$KUBERNETES/manifests/kube-apiserver.yaml" "$PKI/ca.key"; do
    [ ! -e "$part" ] ||
      die role "$part is here: this machine is or was a control-plane machine; $A_WORKER"
  done
}

# joined: kubelet has its certificate, and no record says that the join is unfinished.
joined() { [ ! -e "$JOINING" ] && [ -e "$KUBERNETES/kubelet.conf" ] && [ -e "$CA" ]; }

# refuse_other_cluster: dies when this machine has the CA certificate of another cluster, and so is a worker there. The
# invitation is of the day on which it joined; the cluster may have other authorities today.
refuse_other_cluster() {
  local wanted
  joined || return 0
  ! jq -e --arg pin "$(ca_pin)" '[.invitation.caHash, .trusts.pins[]?] | index($pin)' "$GRANT" >/dev/null || return 0
  wanted=$(jq -r '[.invitation.caHash, .trusts.pins[]?] | join(" or ")' "$GRANT")
  die cluster "$CA has $(ca_pin), the invitation is from a cluster with $wanted: this machine is a worker of another cluster; expected none or \"$CLUSTER\"; run 'kubeadm reset' on it if nothing there is needed, or take another machine"
}

# known_invitation: the token signs cluster-info, as everybody may see.
known_invitation() {
  local token
  token=$(jq -r '.invitation.token | split(".")[0]' "$GRANT")
  curl -sS -f --noproxy '*' -m 5 --connect-timeout 2 --cacert "$CA" \
    "https://$VIP:$PORT/api/v1/namespaces/kube-public/configmaps/cluster-info" | jq -e --arg key "jws-kubeconfig-$token" '.data | has($key)' >/dev/null || {
    echo "it does not, or does not answer"
    return 1
  }
}

join_as_worker() {
  local deadline words
  mkdir -p "$STATE"
  : >"$JOINING"
  sync "$JOINING"
  await reach "$DEADLINE" "the endpoint $VIP:$PORT to accept a connection" accepts "$VIP"
  # Not `await`: it runs its command in a subshell, where `die` cannot end the verb.
  deadline=$((SECONDS + DEADLINE))
  say join start "kubeadm join, Kubernetes $VERSION"
  # An earlier machine's Node of this name stays Ready for most of a minute after that machine is gone; kubeadm fails
  # until then.
  until join_once; do
    words=$(tail -n 3 "$WORK/join.log" | without_token | tr '\n' ' ')
    [ "$SECONDS" -lt "$deadline" ] ||
      die join "kubeadm join failed for $DEADLINE s, at last with: $words; expected it to end within its own timeouts; see journalctl -u rackplane-worker, correct the cause and run 'pulumi up' again"
    say join wait "an attempt failed ($words); starting over"
    pause "${RACKPLANE_POLL:-5}"
  done
  settings_hash | place "$KUBELET_SETTINGS" 644
  note_generation
  rm -f "$JOINING"
  say join "done" "joined"
}

# join_once: each attempt starts from a machine in the state that `prepare` left. Only root can read the file with the
# token.
join_once() {
  local log=$WORK/join.log
  if leftovers; then start_over; fi
  # kubeadm writes this file itself, and refuses to join when it exists.
  rm -f "$CA"
  jq --arg endpoint "$VIP:$PORT" '.invitation as $invitation | .kubeadm.join
    + {discovery: {bootstrapToken: {apiServerEndpoint: $endpoint, token: $invitation.token, caCertHashes: [$invitation.caHash]}}}' \
    "$GRANT" >"$WORK/join.yaml"
  if kubeadm join --config "$WORK/join.yaml" >"$log" 2>&1; then return 0; fi
  without_token <"$log" >&2
  if grep -q '\[ERROR ' "$log"; then
    die join "kubeadm refused to join: $(awk '/\[ERROR / { sub(/^[ \t]+/, ""); printf "%s; ", $0 }' "$log")correct that and run 'pulumi up' again"
  fi
  if grep -qE 'token id .* is invalid|could not find a JWS signature|Unauthorized|has expired' "$log"; then
    die join "the cluster does not know the invitation's token, which lives for half an hour; expected a fresh one; have it minted anew: run 'pulumi up --replace' with the URN of this machine's -invite resource, which 'pulumi stack --show-urns' lists"
  fi
  return 1
}

# without_token: kubeadm's log may hold the token; the lines that are shown must not.
without_token() {
  local line token
  token=$(jq -r .invitation.token "$GRANT")
  while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "${line//"$token"/(secret)}"; done
}
