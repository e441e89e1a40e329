#!/usr/bin/env bash
# form                         this machine alone becomes the cluster, once; the result is the cluster's keys
# An interrupted form starts over: its keys never left this machine, so no other machine can be a member.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/start-over.sh
. "$BUNDLE/grant/membership/start-over.sh"
# shellcheck source=../membership/alone.sh
. "$BUNDLE/grant/membership/alone.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=../membership/encryption.sh
. "$BUNDLE/grant/membership/encryption.sh"
# shellcheck source=../membership/authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"
# shellcheck source=../membership/documents.sh
. "$BUNDLE/grant/membership/documents.sh"
# shellcheck source=../membership/super-admin.sh
. "$BUNDLE/grant/membership/super-admin.sh"
# shellcheck source=../membership/isolation.sh
. "$BUNDLE/grant/membership/isolation.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../change/packages.sh
. "$BUNDLE/grant/change/packages.sh"
# shellcheck source=../membership/etcd-directory.sh
. "$BUNDLE/grant/membership/etcd-directory.sh"

# refuse_foreign_data: only data that this machine's own record vouches for may be here.
refuse_foreign_data() {
  local cluster
  if [ "$FORMATION" = none ]; then
    [ ! -e "$ETCD_DATA" ] ||
      die record "$ETCD_DATA exists and $FORMED does not: this machine belongs to a cluster that it did not form; expected an empty machine; replace it, or let it join ('member')"
    return
  fi
  cluster=$(jq -r .cluster "$FORMED")
  [ "$cluster" = "$CLUSTER" ] ||
    die record "$FORMED: found cluster \"$cluster\", expected \"$CLUSTER\"; replace the machine"
}

init() {
  local others
  refuse_small_machine
  refuse_data_directory
  fit_packages
  read -ra others <<<"$OTHERS"
  if [ "$FORMATION" = forming ]; then
    # Not the endpoint yet: a balancer there leads to the API server that the interrupted form left on this machine.
    refuse_other_clusters "${others[@]}"
    start_over
  fi
  refuse_other_clusters "${others[@]}" "$VIP"
  record_formation forming
  make_encryption
  begin_super_admin
  kubeadm_config "$WORK/init.yaml"
  if signs_apart; then
    kubeadm init phase certs ca --config "$WORK/init.yaml" >&2 || die init "kubeadm made no certificate authority, its reason is above this line in the journal (journalctl -u rackplane-form); run 'pulumi up' again"
    put_signer "$PKI/ca.crt"
  fi
  say init start "kubeadm init, Kubernetes $VERSION"
  kubeadm init --config "$WORK/init.yaml" --skip-token-print --skip-certificate-key-print >&2 ||
    die init "kubeadm init failed, its reason is above this line in the journal (journalctl -u rackplane-form); correct it and run 'pulumi up' again: the machine starts over"
  await init 60 "the bootstrap token to be deleted" delete_tokens
  end_super_admin
  note_documents "$(documents_hash)" kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s
  record_formation formed
  say init "done" "formed: these keys are the cluster's from now on"
}

delete_tokens() {
  kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s -n kube-system \
    delete secret --field-selector type=bootstrap.kubernetes.io/token
}

keys() {
  local file args=()
  # An empty list would publish a cluster without keys, and for ever: form never runs again.
  jq -e 'length > 0' "$BUNDLE/grant/pki.json" >/dev/null ||
    die keys "$BUNDLE/grant/pki.json names no key; expected the list that came with this program; run 'pulumi up' again"
  while IFS= read -r file; do
    [ -s "$PKI/$file" ] ||
      die keys "$PKI/$file is missing on the machine that formed the cluster; expected every file of $BUNDLE/grant/pki.json, which kubeadm made; copy it from another member"
    args+=(--rawfile "$file" "$PKI/$file")
  done < <(jq -r 'keys_unsorted[]' "$BUNDLE/grant/pki.json")
  jq -n "${args[@]}" '{pki: $ARGS.named}' | with_encryption_key
}

with_encryption_key() {
  if wants_encryption; then
    jq --slurpfile encryption "$ENCRYPTION" \
      '. + {encryptionKey: ($encryption[0].resources[0].providers[0] | to_entries[0].value.keys[0].secret)}'
  else
    cat
  fi
}

granted form
FORMATION=$(formation)
refuse_foreign_data
[ "$FORMATION" = formed ] || init
# Whether the VIP leads here is for each `join` to wait for, beside its own preparations, and for `member` to judge.
await_health announced one-holder endpoint
say health "done" "API server ready"
keys | publish
