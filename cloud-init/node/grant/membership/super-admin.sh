# shellcheck shell=bash
# While a cluster forms, the administrator in admin.conf has no rights yet: `kubeadm init` makes the role binding late,
# and through the endpoint. A kube-vip that needs a lease to hold the endpoint would need the endpoint to get the lease.
# So for this time, and on this machine alone, kube-vip gets super-admin.conf.
# $RUNDIR/forming tells the announcer (announcers/kube-vip-arp.sh); a reboot removes it.

KUBE_VIP_MANIFEST=$ROOT/etc/kubernetes/manifests/kube-vip.json

begin_super_admin() {
  : >"$RUNDIR/forming"
  ENDINGS+=(no_longer_forming)
}

no_longer_forming() { rm -f "$RUNDIR/forming"; }

# end_super_admin: called once admin.conf has worked through the endpoint. kube-vip changes to admin.conf before
# super-admin.conf is removed: a pod whose mounted file is gone does not start again.
end_super_admin() {
  no_longer_forming
  await init 60 "kube-vip to go over from super-admin.conf to admin.conf" without_super_admin
  # A file that bypasses RBAC need not lie on a disk: the CA's key can always make another one.
  rm -f "$KUBERNETES/super-admin.conf"
}

without_super_admin() {
  # Without a manifest, the announcer is between the old pod and the new one.
  ! grep -q super-admin.conf "$KUBE_VIP_MANIFEST" 2>/dev/null || {
    echo "$KUBE_VIP_MANIFEST still names super-admin.conf"
    return 1
  }
}
