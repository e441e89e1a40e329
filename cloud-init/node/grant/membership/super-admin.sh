# shellcheck shell=bash
# While a cluster forms, the administrator in admin.conf may do nothing yet: the binding that lets it is made
# through the endpoint, late in `kubeadm init`. A kube-vip that needs a lease to hold the endpoint would wait
# for the endpoint. So for this time, and on this machine alone, it is given super-admin.conf.
# $RUNDIR/forming tells the announcer (lib/kube-vip.sh); a reboot ends it.

KUBE_VIP_MANIFEST=$ROOT/etc/kubernetes/manifests/kube-vip.json

begin_super_admin() {
  : >"$RUNDIR/forming"
  ENDINGS+=(no_longer_forming)
}

no_longer_forming() { rm -f "$RUNDIR/forming"; }

# end_super_admin: called once admin.conf has proved itself through the endpoint. kube-vip goes over to it
# before the file goes: a pod that mounts a file that is gone does not start again.
end_super_admin() {
  no_longer_forming
  await init 60 "kube-vip to go over from super-admin.conf to admin.conf" without_super_admin
  # Whoever holds the CA can mint the like; a file that passes by RBAC need not lie on a disk.
  rm -f "$KUBERNETES/super-admin.conf"
}

without_super_admin() {
  # No manifest at all: the announcer is between the two.
  ! grep -q super-admin.conf "$KUBE_VIP_MANIFEST" 2>/dev/null || {
    echo "$KUBE_VIP_MANIFEST still names super-admin.conf"
    return 1
  }
}
