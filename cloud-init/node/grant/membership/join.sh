# shellcheck shell=bash
# shellcheck disable=SC2153  # MEMBERS is set by cluster-keys.sh
# `kubeadm join` with a token that lives as long as the join. The grant brings the CA's key, so no other machine has to
# help: this machine mints an administrator's certificate, and creates and deletes the token with it.

# shellcheck source=documents.sh
. "$BUNDLE/grant/membership/documents.sh"
# shellcheck source=authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"
# shellcheck source=gone.sh
. "$BUNDLE/grant/membership/gone.sh"
# shellcheck source=generation.sh
. "$BUNDLE/grant/membership/generation.sh"
# shellcheck source=../change/cluster-access.sh
. "$BUNDLE/grant/change/cluster-access.sh"
# shellcheck source=../change/lock.sh
. "$BUNDLE/grant/change/lock.sh"

JOIN_ATTEMPTS=3
TOKEN_ID=
# The cluster's documents were made from other settings than the grant's, when this machine joined.
# shellcheck disable=SC2034  # verbs/join.sh reads it
OTHER_SETTINGS=

# rejoin: this machine becomes a new member, whatever it was before. Each attempt starts from a machine in the state
# that `prepare` left, and from a cluster that does not know it.
rejoin() {
  local attempt
  refuse_known_member
  await reach "$DEADLINE" "a ready API server that is not this machine's" sponsor
  refuse_other_version
  await stale 60 "a quorum of etcd to answer" know_members
  stale_entries "$(<"$WORK/members")" >/dev/null
  remove_dead
  # From here on this machine counts as unfinished: every check that may refuse comes before.
  begin_joining
  ! balances || note_newcomer
  for ((attempt = 1; ; attempt++)); do
    make_room
    await_turn
    if join_once; then break; fi
    if grep -q '\[ERROR ' "$WORK/join.log"; then
      die join "kubeadm refused to join: $(awk '/\[ERROR / { sub(/^[ \t]+/, ""); printf "%s; ", $0 }' "$WORK/join.log")correct that and run 'pulumi up' again"
    fi
    [ "$attempt" -lt "$JOIN_ATTEMPTS" ] ||
      die join "kubeadm join failed $attempt times, at last with: $(tail -n 1 "$WORK/join.log"); expected it to end within its own timeouts; see journalctl -u rackplane-member, correct the cause and run 'pulumi up' again"
    say join wait "attempt $attempt of $JOIN_ATTEMPTS failed ($(tail -n 1 "$WORK/join.log")); starting over"
  done
  trust_in_kubeconfigs "$PKI/ca.crt"
  # In this order: a machine that is cut in between is not replaced a second time.
  note_generation
  rm -f "$JOINING"
  say join "done" "joined"
}

# refuse_known_member: a voter is never removed because a file of it was moved aside, as kubeadm's own way to stop etcd or
# an API server does. A join that was cut leaves its record, a machine that was installed anew no file of Kubernetes.
refuse_known_member() {
  local missing entries own
  if [ -e "$JOINING" ] || [ "$(formation)" = forming ] || [ ! -e "$ETCD_DATA" ]; then return 0; fi
  missing=$(missing_parts)
  if [ -z "$missing" ] || ! kubernetes_here; then return 0; fi
  entries=$(etcd_entry "$MEMBERS" | awk -F'\t' '$4 == "voting"')
  [ -n "$entries" ] || return 0
  # An etcd that runs as another member than the listed one is of an earlier life of this machine.
  if own=$(etcd_own_id 2>/dev/null) && ! grep -q "^$own"$'\t' <<<"$entries"; then return 0; fi
  die join "the cluster lists this machine as an etcd member and its data is here, yet ${missing//$'\n'/ and } is missing; expected it to be there; put it back, or have the machine join anew: run 'kubeadm reset' on it, then 'pulumi up' again"
}

# sponsor_kubeconfig: an administrator's kubeconfig for an API server that is not this machine's.
sponsor_kubeconfig() {
  local server
  server=$(sponsor) || die reach "no API server answers but this machine's own: $server"
  admin_kubeconfig "$WORK/admin.conf" "$server" "$WORK/pki"
}

# refuse_other_version: a cluster gets no machine of another version by the way. One that is half-way through an upgrade
# states the version that it goes to.
refuse_other_version() {
  local found
  sponsor_kubeconfig
  found=$(stated_version kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s) ||
    die join "the cluster does not tell its version; expected v$VERSION; see journalctl -u rackplane-$VERB and run 'pulumi up' again"
  [ "$found" = "v$VERSION" ] ||
    die join "kubernetesVersion: found $VERSION, expected ${found#v}, which the cluster runs; set it back, run 'pulumi up', and replace this machine if it was prepared for the other version"
}

# make_room: the cluster forgets this machine, then this machine forgets the cluster, in this order.
make_room() {
  remove_own_entries
  if leftovers; then start_over; fi
  sponsor_kubeconfig
  give_settings
  await join 60 "the cluster to tell which key Secrets are written with" noted_encryption kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s
  put_encryption "$(noted_encryption kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s)"
  await node 60 "the Node $NAME of an earlier machine to be deleted" forget_node
  put_keys "$PKI"
  if signs_apart; then put_signer "$PKI/ca.crt"; fi
  await reach "$DEADLINE" "every other voting etcd member to be healthy, as kubeadm demands; machines that are lost are replaced in one and the same 'pulumi up'" healthy_voters
  await reach "$DEADLINE" "the endpoint https://$VIP:$PORT to answer with this cluster's certificate" api_ready "$VIP"
}

# await_turn: several API servers and members of etcd that start at once take processors and disks from those that serve. Each
# has removed its own stale entry before, since machines that were lost wait for one another's. The lock is kept until this
# machine is judged.
await_turn() {
  [ "$(jq -r '.inTurn // false' "$GRANT")" = true ] || return 0
  take_lock "$(wc -w <<<"$OTHERS")"
  await reach "$DEADLINE" "every other voting etcd member to be healthy, as kubeadm demands" healthy_voters
}

# give_settings: kubeadm joins with what this ConfigMap says, and nobody but this program edits it. Where the settings are
# other ones than before, the kubelet's are not given yet, so `member` has this machine follow them.
give_settings() {
  local known
  known=$(noted_documents kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s) || known=unread
  if [ "$known" != "$(documents_hash)" ]; then
    # shellcheck disable=SC2034
    OTHER_SETTINGS=yes
    note_documents partly kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s
  fi
  kubeadm_config "$WORK/init.yaml"
  await join 60 "the cluster to take the settings of this grant" \
    kubeadm init phase upload-config kubeadm --config "$WORK/init.yaml" --kubeconfig "$WORK/admin.conf"
}

# healthy_voters: a learner is another machine that joins at this moment; kubeadm waits for its turn by itself.
healthy_voters() {
  local members learners
  members=$(etcd_members) || {
    printf '%s\n' "$members"
    return 1
  }
  learners=$(awk -F'\t' '$4 == "learner" { print $1 }' <<<"$members")
  local EXCUSED="$EXCUSED ${learners//$'\n'/ }"
  healthy_etcd
}

join_once() {
  local token
  say join start "kubeadm join, Kubernetes $VERSION"
  : >"$WORK/join.log"
  token=$(kubeadm token create --ttl 10m --description "$NAME joins" --kubeconfig "$WORK/admin.conf" 2>"$WORK/join.log") || return 1
  TOKEN_ID=${token%%.*}
  await_signature
  join_document "$token" >"$WORK/join.yaml"
  local result=0
  hasten_kubelet &
  HASTENER=$!
  kubeadm join --config "$WORK/join.yaml" 2>&1 | without "$token" | tee "$WORK/join.log" >&2 || result=$?
  end_hastener
  delete_token
  rm -f "$WORK/join.yaml"
  return "$result"
}

# await_signature: kubeadm trusts cluster-info only once the token has signed it, and asks again only after five seconds
# (kubeadm's DiscoveryRetryInterval, 1.34). Without a signature kubeadm itself waits on, and says why.
await_signature() {
  kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 10s -n kube-public wait configmap cluster-info --timeout 10s \
    --for "jsonpath={.data.jws-kubeconfig-$TOKEN_ID}" >&2 || true
}

# hasten_kubelet: kubelet asks this machine's own API server for its certificate and its Node. That server comes last, and
# each refusal before it makes kubelet wait longer, up to seven and eight seconds (client-go's certificate manager,
# kubelet's registration, 1.34). Started anew when the server is ready, kubelet asks at once.
HASTENER=
hasten_kubelet() {
  until api_ready "$ADDRESS" 2>/dev/null; do pause "${RACKPLANE_POLL:-0.25}"; done
  [ -e "$KUBELET_CERTIFICATE" ] || systemctl restart kubelet
}

end_hastener() {
  [ -n "$HASTENER" ] || return 0
  kill "$HASTENER" 2>/dev/null || true
  wait "$HASTENER" 2>/dev/null || true
  HASTENER=
}

# join_document TOKEN: the grant's JoinConfiguration with discovery. The token goes in by standard
# input, never by an argument that a process list would show.
join_document() {
  printf '%s' "$1" | jq -R --slurpfile grant "$GRANT" --arg endpoint "$VIP:$PORT" --arg pin "$(ca_pin)" \
    '. as $token | $grant[0].kubeadm.join
      + {discovery: {bootstrapToken: {apiServerEndpoint: $endpoint, token: $token, caCertHashes: [$pin]}}}'
}

# without SECRET: standard input with every SECRET taken out.
without() {
  local line
  while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "${line//"$1"/(secret)}"; done
}

# delete_token: runs also when the verb is ended half-way (ENDINGS). A token that is left expires by itself.
delete_token() {
  [ -n "$TOKEN_ID" ] || return 0
  kubeadm token delete "$TOKEN_ID" --kubeconfig "$WORK/admin.conf" >&2 ||
    say join wait "the bootstrap token $TOKEN_ID could not be deleted; it expires within ten minutes of its making"
  TOKEN_ID=
}
