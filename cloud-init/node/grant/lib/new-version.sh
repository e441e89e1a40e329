# shellcheck shell=bash
# shellcheck disable=SC2034  # the files that source this one read its variables
# Where what another version of Kubernetes needs lies until it is installed. Sourced after common.sh.

UPGRADE=$STATE/upgrade
# The new kubeadm, taken out of its package: what is installed stays until everything is here.
NEW_KUBEADM=$UPGRADE/kubeadm
PACKAGES=(kubeadm kubelet kubectl)
# `apply` or `node` and the version, from before kubeadm changes anything here until kubelet runs with the new version; on
# the disk, since a power loss may cut it.
UPGRADING=$UPGRADE/begun
