# shellcheck shell=bash
# shellcheck disable=SC2154  # VERSION is the grant's (lib/grant.sh)
# etcdutl, out of the image that etcd runs from: it is of the very version that reads what it writes. Sourced after common.sh.

ETCDUTL=$STATE/etcdutl
# Where the image is looked into; containerd knows it by this name.
ETCD_IMAGE_MOUNT=$STATE/etcd-image

# bring_etcd_image: sets ETCDUTL to a program that can be run.
bring_etcd_image() {
  local image words
  image=$(kubeadm config images list --kubernetes-version "v$VERSION" | grep -E '/etcd:' || true)
  leave_etcd_image
  mkdir -p "$ETCD_IMAGE_MOUNT"
  words=$(ctr -n k8s.io images mount "$image" "$ETCD_IMAGE_MOUNT" 2>&1) ||
    die etcd "the image ${image:-of etcd} cannot be looked into: ${words: -300}; expected it on this machine, where 'rackplane prepare' pulls it; see 'ctr -n k8s.io images list'"
  cp "$ETCD_IMAGE_MOUNT/usr/local/bin/etcdutl" "$ETCDUTL" ||
    die etcd "the image $image has no /usr/local/bin/etcdutl; expected it, as Kubernetes' own images of etcd have it; see mirrors.images"
  chmod 700 "$ETCDUTL"
}

# leave_etcd_image: also after a run that was killed.
leave_etcd_image() {
  if [ -d "$ETCD_IMAGE_MOUNT" ]; then
    ctr -n k8s.io images unmount --rm "$ETCD_IMAGE_MOUNT" >/dev/null 2>&1 || umount "$ETCD_IMAGE_MOUNT" 2>/dev/null || true
    rmdir "$ETCD_IMAGE_MOUNT" || true
  fi
  rm -f "$ETCDUTL"
}
