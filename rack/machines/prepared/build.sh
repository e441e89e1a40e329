#!/usr/bin/env bash
# Makes what a machine would install and pull: the Kubernetes packages, as a layer on the root file system, and
# containerd's store with every image. Runs in a mount namespace of its own (see image.ts).
#
#   build.sh ROOTFS OUT PACKAGES-FOLDER REGISTRY-ADDRESS NAME=REPOSITORY ...
#
# Each NAME is an image as a manifest names it, REPOSITORY its path in the registry.
set -euo pipefail
rootfs=$1 out=$2 packages=$3 registry=$4
shift 4
mount --make-rprivate /
mkdir -p "$out"/{root,containerd,work,merged}
chmod 755 "$out/root"
root=$out/merged
mount -t overlay overlay -o "lowerdir=$rootfs,upperdir=$out/root,workdir=$out/work" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mknod -m 666 "$root/dev/null" c 1 3
mknod -m 666 "$root/dev/urandom" c 1 9
mkdir -p "$root/var/lib/containerd" "$root/tmp/packages"
mount --bind "$out/containerd" "$root/var/lib/containerd"
mount --bind -o ro "$packages" "$root/tmp/packages"

inside() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }

# One transaction, so that dpkg orders what depends on each other.
inside sh -c 'dpkg --force-unsafe-io --install /tmp/packages/*.deb >/dev/null'

inside containerd --log-level error --address /run/build.sock --state /run/build &
containerd=$!
# The registry is this host's own, on the loopback address: what is pulled gets the name that manifests use.
pull() {
  local name=$1 repository=$2
  inside ctr --address /run/build.sock -n k8s.io images pull --plain-http "$registry/$repository" >/dev/null
  inside ctr --address /run/build.sock -n k8s.io images tag --force "$registry/$repository" "$name" >/dev/null
  inside ctr --address /run/build.sock -n k8s.io images rm "$registry/$repository" >/dev/null
}
for ((tries = 0; tries < 100; tries++)); do
  if inside ctr --address /run/build.sock version >/dev/null 2>&1; then break; fi
  kill -0 "$containerd"
  sleep 0.1
done
for image; do pull "${image%%=*}" "${image#*=}"; done
kill "$containerd"
wait "$containerd" || true
# The mounts end with the namespace.
