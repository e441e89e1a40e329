#!/usr/bin/env bash
# kubeconfig                   an administrator's kubeconfig for the endpoint, good for a year. Its group is bound by RBAC
# (kubeadm:cluster-admins), so access can be taken back, which system:masters would not allow.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"

granted kubeconfig
[ -s "$PKI/ca.key" ] ||
  die kubeconfig "$PKI/ca.key is missing: this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
kubeadm_config "$WORK/kubeadm.yaml" '{"certificatesDir": "'"$PKI"'"}'
say kubeconfig start "minting an administrator's certificate for $VIP:$PORT, good for 8760 hours"
kubeadm kubeconfig user --client-name rackplane-admin --org kubeadm:cluster-admins --validity-period 8760h \
  --config "$WORK/kubeadm.yaml" >"$WORK/kubeconfig"
publish <"$WORK/kubeconfig"
say kubeconfig "done" "minted"
