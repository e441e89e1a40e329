#!/usr/bin/env bash
# guard                        before kubelet starts: the etcd that formed the cluster never begins a second one
# kubeadm starts that etcd as a new cluster of one, and leaves it so in its manifest: if its data were gone at a boot (a
# mount that is missing, a directory that was deleted), it would begin an empty cluster with the same keys behind the
# same VIP. Told that its cluster exists, it refuses to start instead. Machines that joined have this from kubeadm.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"

manifest=$KUBERNETES/manifests/etcd.yaml
existing=--initial-cluster-state=existing
[ "$(formation)" = formed ] && [ -e "$manifest" ] || exit 0
# kubelet takes a changed manifest for another pod and is minutes about it; an etcd that runs waits for the next boot.
! pidof etcd >/dev/null || exit 0
! grep -qF -e "$existing" "$manifest" || exit 0
# kubelet reads every file of this directory whose name does not start with a dot.
new=${manifest%/*}/.etcd.yaml.new
sed "s/^\( *\)- --initial-cluster=.*/&\n\1- $existing/" "$manifest" >"$new"
sync "$new"
mv -f "$new" "$manifest"
say guard "done" "etcd is told that its cluster exists: it never begins another one"
