#!/usr/bin/env bash
# make-authorities             new certificate authorities, in memory; the result is their certificates and keys
# Nothing on this machine changes. Random ones, not derived: a CA is exchanged above all when its key may be known.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=../membership/authorities.sh
. "$BUNDLE/grant/membership/authorities.sh"

granted make-authorities
args=()
kubeadm_config "$WORK/new.yaml" "$(jq -n --arg certificatesDir "$WORK/new" '{$certificatesDir}')"
for ca in ca front-proxy-ca etcd-ca; do
  kubeadm init phase certs "$ca" --config "$WORK/new.yaml" >&2 ||
    die make-authorities "kubeadm init phase certs $ca failed, its reason is above this line in the journal (journalctl -u rackplane-make-authorities); correct it and run 'pulumi up' again"
done
for file in $(authority_files); do
  [ -s "$WORK/new/$file" ] || die make-authorities "kubeadm made no $file; expected one; see 'journalctl -u rackplane-make-authorities'"
  args+=(--rawfile "$file" "$WORK/new/$file")
done
jq -n "${args[@]}" '$ARGS.named' | publish
say make-authorities "done" "new certificate authorities are made; no machine trusts them yet"
