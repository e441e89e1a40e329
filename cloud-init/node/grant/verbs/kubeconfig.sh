#!/usr/bin/env bash
# kubeconfig                   a kubeconfig for the endpoint, for the user, the groups and the hours of the grant
# Its rights come from RBAC by a group of its own, so they can be taken back, which those of system:masters cannot be.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=../lib/cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"

granted kubeconfig
[ -s "$PKI/ca.key" ] ||
  die kubeconfig "$PKI/ca.key is missing: this machine is no member of the cluster; expected one; run 'pulumi up' so that it becomes one first"
read -r user groups hours generation < <(jq -r '.kubeconfig | [.user, (.groups | join(",")), .hours, .generation // ""] | join(" ")' "$GRANT")

# administrator: this machine's own API server, with rights for a quarter of an hour.
administrator() { kubectl --kubeconfig "$WORK/admin.conf" --request-timeout 20s "$@"; }

# bind_administrator: nothing else can give the administrator's group its rights: Pulumi works with this kubeconfig.
bind_administrator() {
  jq '.kubeconfig | .groups[0] as $group | {apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding",
    metadata: {name: $group, labels: {"rackplane/kubeconfig": "administrator", "rackplane/generation": "\(.generation)"}},
    roleRef: {apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin"},
    subjects: [{apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: $group}]}' "$GRANT" >"$WORK/binding.json"
  administrator apply --server-side --force-conflicts --field-manager rackplane -f "$WORK/binding.json" >&2
}

# refuse_earlier_generations: what their groups were bound to goes, and with it every right of their files.
refuse_earlier_generations() {
  administrator delete clusterrolebindings -l "rackplane/kubeconfig=administrator,rackplane/generation!=$generation" >&2
}

if [ -n "$generation" ]; then
  admin_kubeconfig "$WORK/admin.conf" "$ADDRESS" "$PKI"
  await kubeconfig 60 "the API server at $ADDRESS to give the administrator's group its rights" bind_administrator
fi
kubeadm_config "$WORK/kubeadm.yaml" '{"certificatesDir": "'"$PKI"'"}'
say kubeconfig start "minting a certificate for $user at $VIP:$PORT, good for $hours hours"
kubeadm kubeconfig user --client-name "$user" --org "$groups" --validity-period "${hours}h" \
  --config "$WORK/kubeadm.yaml" | with_authorities "$PKI/ca.crt" >"$WORK/kubeconfig"
publish <"$WORK/kubeconfig"
# Last: what a run that was cut before it published has refused, Pulumi would still have.
[ -z "$generation" ] || await kubeconfig 60 "the API server at $ADDRESS to refuse the kubeconfigs of other generations" refuse_earlier_generations
say kubeconfig "done" "minted"
