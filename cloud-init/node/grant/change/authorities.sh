# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and OTHERS are the grant's (lib/grant.sh)
# The cluster's certificate authorities are exchanged for new ones, in three steps, each on all machines before the next
# (components/membership/authorities.ts). On a member:
#   trust    the old CAs sign, and the new are trusted beside them
#   sign     the new ones sign, every certificate of this machine first of all; the old are still trusted
#   forget   only the new ones are left
# Read at the start alone, so started anew where it is another set: etcd's bundles (its transport's TLSInfo), the API
# server's of etcd, the controller manager's for pods (--root-ca-file), and what a kubeconfig embeds. Certificates, and the
# API server's and kubelet's bundles for clients, are read again from the disk (client-go, dynamiccertificates, 1.31 to
# 1.37). Nothing is put back where it fails: both steps trust what the other machines show, and the next run completes it.
# Sourced by change.sh, after membership/authorities.sh; uses manifests.sh, certificates.sh and kubelet.sh.

# shellcheck source=../membership/node-trust.sh
. "$BUNDLE/grant/membership/node-trust.sh"
# shellcheck source=../membership/authorities-told.sh
. "$BUNDLE/grant/membership/authorities-told.sh"

# Exists from before the first file is exchanged until everything runs with what was.
EXCHANGING=$STATE/exchanging-authorities

due_authorities() {
  if [ "$(role)" = worker ]; then
    due_node_trust
    return
  fi
  other_authorities || return 0
  # It may have left an etcd that does not run, and completes itself only later (kubernetes.sh).
  [ ! -e "$UPGRADING" ] ||
    die authorities "an upgrade of Kubernetes was cut off here; expected it to be complete before certificate authorities are exchanged; set certificates.authorities back, run 'pulumi up', and then make the edit again; nothing was changed"
  exchange_sentence
}

# other_authorities: what lies here is not the grant's, was left half exchanged, or is not signed by it.
other_authorities() {
  local file
  [ ! -e "$EXCHANGING" ] || return 0
  for file in $(authority_files); do cmp -s "$WORK/pki/$file" "$PKI/$file" || return 0; done
  jq -e .authorities "$GRANT" >/dev/null || return 1
  ! all_signed || ! trusted_in_kubeconfigs "$PKI/ca.crt"
}

exchange_sentence() {
  local all="etcd, the API server, the controller manager, the scheduler and kubelet restart"
  case $(jq -r '.authorities.step // ""' "$GRANT") in
  trust) echo "trust the certificate authorities of generation $(generation_of_authorities) beside the earlier ones, $all" ;;
  sign) echo "have every certificate signed by the authorities of generation $(generation_of_authorities), the controller manager, the scheduler and kubelet restart" ;;
  *) echo "trust no certificate authorities but those of generation $(generation_of_authorities), $all" ;;
  esac
}

generation_of_authorities() { jq '.authorities.generation // 0' "$GRANT"; }

# spares_authorities: no certificate of a control plane lies on a worker. On a member the VIP goes away for each step: a
# kube-vip that elects works with a kubeconfig, and every kube-vip is started anew for another key (lib/kube-vip.sh).
spares_authorities() { [ "$(role)" = worker ]; }

do_authorities() {
  if [ "$(role)" = worker ]; then
    do_node_trust
    return
  fi
  mkdir -p "$STATE"
  : >"$EXCHANGING"
  sync "$EXCHANGING" "$STATE"
  sign_apart
  put_authorities
  trust_in_kubeconfigs "$PKI/ca.crt"
  sign_anew
  restart_for_authorities
  await_shown
  await_parts
  [ "$(wanted_stage)" != 0 ] || tell_taken_back
  if elects && [ -z "$OTHERS" ]; then restart_kube_vip; fi
  rm -f "$RENEWING" "$EXCHANGING"
  say authorities "done" "this machine trusts $(grep -c BEGIN "$PKI/ca.crt") of the cluster's own authorities, and the first signs"
}

# sign_apart: the controller manager signs with a file of its own before ca.crt holds two certificates. The way back of this
# verb's other changes has it, too.
sign_apart() {
  local manager=kube-controller-manager argument="--cluster-signing-cert-file=${SIGNER#"$ROOT"}"
  signs_apart || return 0
  put_signer "$WORK/pki/ca.crt"
  if grep -qF -e "$argument" "$MANIFESTS/$manager.yaml"; then return 0; fi
  [ -s "$RENDERED/$manager.yaml" ] || render_manifests
  keep_before
  change_pod "$manager"
  cp -p "$MANIFESTS/$manager.yaml" "$BEFORE/manifests/"
}

put_authorities() {
  local file mode
  for file in $(authority_files); do
    case $file in *.key) mode=600 ;; *) mode=644 ;; esac
    place "$PKI/$file" "$mode" <"$WORK/pki/$file"
    sync "$PKI/$file"
  done
}

# all_signed: every certificate here is by the CA that signs; kubeadm renews them one after the other.
all_signed() {
  local file ca
  by_signer ca.crt "$KUBELET_CERTIFICATE" || return 1
  while IFS= read -r file; do
    ca=ca.crt
    case $file in
    */etcd/*.crt | */apiserver-etcd-client.crt) ca=etcd/ca.crt ;;
    */front-proxy-client.crt) ca=front-proxy-ca.crt ;;
    esac
    by_signer "$ca" "$file" || return 1
  done < <(find "$PKI" -name '*.crt' ! -name '*ca.crt')
  # kubelet's names a file.
  for file in "$KUBERNETES"/{admin,super-admin,controller-manager,scheduler}.conf; do
    [ -s "$file" ] || continue
    sed -n 's/^ *client-certificate-data: *//p' "$file" | base64 -d >"$WORK/client.crt"
    if [ -s "$WORK/client.crt" ] && ! by_signer ca.crt "$WORK/client.crt"; then return 1; fi
  done
}

by_signer() {
  first_certificate "$PKI/$1" >"$WORK/signer.crt"
  signed_by "$WORK/signer.crt" "$2"
}

# sign_anew: kubelet's comes first, and with it runs what asks other machines: an API server that shows a certificate of the
# new CA stands for all of its machine (verbs/check-authorities.sh).
sign_anew() {
  if ! by_signer ca.crt "$KUBELET_CERTIFICATE"; then
    make_kubelet_certificate
    restart_kubelet_for_authorities
  fi
  # kubeadm writes a key and then its certificate: a renewal that was cut may have left two that do not fit.
  if [ -e "$RENEWING" ] || ! all_signed; then renew_files; fi
}

restart_for_authorities() {
  if [ "$(wanted_stage)" != 2 ]; then
    restart_pod etcd
    restart_pod kube-apiserver
  fi
  restart_parts
  restart_kubelet_for_authorities
}

# restart_pod POD: as a pod that kubelet has never seen (put_manifest).
restart_pod() {
  local before manifest
  before=$(pidof "$1") || true
  manifest=$(<"$MANIFESTS/$1.yaml")
  say authorities wait "$1 starts anew"
  # As for another manifest (manifests.sh).
  [ "$1" != etcd ] || refuse_own_clients
  put_manifest "$1" <<<"$manifest"
  # The way back of another change starts what differs anew.
  [ ! -d "$BEFORE" ] || cp -p "$MANIFESTS/$1.yaml" "$BEFORE/manifests/"
  await authorities "$DEADLINE" "$1 to run again and to answer; the others serve meanwhile, and 'pulumi up' goes on from here" pod_runs "$1" "$before"
  [ "$1" != etcd ] || accept_own_clients
}

# await_parts: one that had ended before it was to start anew is not waited for by restart_parts.
await_parts() {
  local part
  for part in "${RESTARTED[@]}"; do
    await authorities "$DEADLINE" "$part to run; see 'crictl ps -a --name $part' here" runs_anew "$part" ""
  done
}

# tell_taken_back: no step tells the cluster where there is none; the last member to change has the last word.
tell_taken_back() {
  await_joiners
  await_extensions
}

restart_kubelet_for_authorities() {
  systemctl restart kubelet >&2 || die authorities "kubelet did not restart; see 'journalctl -u kubelet' here and run 'pulumi up' again"
  await authorities "$DEADLINE" "kubelet to be well; see 'journalctl -u kubelet' here" kubelet_well
}
