# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # CLUSTER, VERSION, OTHERS and VIP are the grant's (lib/grant.sh), FORMATION is the verb's
# `kubeadm init`, once in a cluster's life, and once more for each restore. For the verbs `form` and
# `restore`. Sourced after common.sh, role.sh and lib/grant.sh.

# shellcheck source=../lib/etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=generation.sh
. "$BUNDLE/grant/membership/generation.sh"
# shellcheck source=start-over.sh
. "$BUNDLE/grant/membership/start-over.sh"
# shellcheck source=alone.sh
. "$BUNDLE/grant/membership/alone.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"
# shellcheck source=encryption.sh
. "$BUNDLE/grant/membership/encryption.sh"
# shellcheck source=authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"
# shellcheck source=documents.sh
. "$BUNDLE/grant/membership/documents.sh"
# shellcheck source=super-admin.sh
. "$BUNDLE/grant/membership/super-admin.sh"
# shellcheck source=isolation.sh
. "$BUNDLE/grant/membership/isolation.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../receive/facts.sh
. "$BUNDLE/grant/receive/facts.sh"
# shellcheck source=../change/packages.sh
. "$BUNDLE/grant/change/packages.sh"
# shellcheck source=etcd-directory.sh
. "$BUNDLE/grant/membership/etcd-directory.sh"
# shellcheck source=restore.sh
. "$BUNDLE/grant/membership/restore.sh"

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

# initialise: this machine becomes the first member, of a new cluster or of the one that the grant's backup is of.
initialise() {
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
  if restores; then bring_backup; fi
  record_formation forming
  if restores; then put_backup; else make_encryption; fi
  begin_super_admin
  kubeadm_config "$WORK/init.yaml"
  if signs_apart; then
    kubeadm init phase certs ca --config "$WORK/init.yaml" >&2 || die init "kubeadm made no certificate authority, its reason is above this line in the journal (journalctl -u rackplane-form); run 'pulumi up' again"
    put_signer "$PKI/ca.crt"
  fi
  say init start "kubeadm init, Kubernetes $VERSION"
  # shellcheck disable=SC2046  # one word or none
  kubeadm init --config "$WORK/init.yaml" --skip-token-print --skip-certificate-key-print $(expected_data) >&2 ||
    die init "kubeadm init failed, its reason is above this line in the journal (journalctl -u rackplane-form); correct it and run 'pulumi up' again: the machine starts over"
  await init 60 "the bootstrap token to be deleted" delete_tokens
  end_super_admin
  if restores; then await init 60 "the Nodes of the machines of before to be deleted" forget_nodes; fi
  note_documents "$(documents_hash)" kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s
  note_generation
  record_formation formed
  say init "done" "formed: these keys are the cluster's from now on"
}

delete_tokens() {
  kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s -n kube-system \
    delete secret --field-selector type=bootstrap.kubernetes.io/token
}
