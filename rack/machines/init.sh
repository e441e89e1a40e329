#!/usr/bin/env bash
# First process of a machine: mounts its disk and its kernel file systems, then becomes systemd.
#
#   init.sh DIRECTORY LAYERS HOSTNAME
#
# LAYERS: the folders that its root is laid upon, the highest first, with colons between.
set -euo pipefail
directory=$1 layers=$2 name=$3
# /proc is still the host's: there, this process has the pid that the rack knows it by.
read -r pid _ </proc/self/stat
echo "$pid" >"$directory/init.pid.new"
mv "$directory/init.pid.new" "$directory/init.pid"

root=$directory/root
hostname "$name"
mount -t overlay overlay -o "lowerdir=$layers,upperdir=$directory/upper,workdir=$directory/work" "$root"
# Stores with mounts of their own, and etcd's synced writes, are on the plain disk.
for store in containerd kubelet etcd; do
  mkdir -p "$root/var/lib/$store"
  mount --bind "$directory/$store" "$root/var/lib/$store"
done
# A host with loadable modules shows them; of one without, the built-in ones are listed.
if [ -d "/lib/modules/$(uname -r)" ]; then
  mkdir -p "$root/lib/modules"
  mount --bind -o ro /lib/modules "$root/lib/modules"
else
  bash "$(dirname "${BASH_SOURCE[0]}")/modules.sh" "$root"
fi
# kubeadm looks there for what the kernel is built with, where /proc does not tell.
if [ -e "/boot/config-$(uname -r)" ]; then
  mkdir -p "$root/boot"
  cp "/boot/config-$(uname -r)" "$root/boot/"
fi

# The hierarchies of version 1 by their controllers; version 2 has no name here, and alone it leaves this empty.
cgroups=$(cut -d: -f2 /proc/self/cgroup)
mount -t proc proc "$root/proc"
mount -t sysfs sysfs "$root/sys"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
mount -t tmpfs -o mode=755 tmpfs "$root/run"
mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
while read -r device major minor; do mknod -m 666 "$root/dev/$device" c "$major" "$minor"; done <<'DEVICES'
null 1 3
zero 1 5
full 1 7
random 1 8
urandom 1 9
tty 5 0
kmsg 1 11
DEVICES
mkdir "$root/dev/pts" "$root/dev/shm" "$root/dev/mqueue"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,gid=5 devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777 tmpfs "$root/dev/shm"
mount -t mqueue mqueue "$root/dev/mqueue"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"
ln -s fd/1 "$root/dev/stdout"
ln -s fd/2 "$root/dev/stderr"
if [ -z "$cgroups" ]; then
  mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
else
  mount -t tmpfs -o mode=755 tmpfs "$root/sys/fs/cgroup"
fi
for controllers in $cgroups; do
  at=$root/sys/fs/cgroup/${controllers#name=}
  mkdir "$at"
  case $controllers in
  name=*) mount -t cgroup -o "none,$controllers" cgroup "$at" ;;
  *) mount -t cgroup -o "$controllers" cgroup "$at" ;;
  esac
  # The controllers of a joint hierarchy are also looked for by their own names.
  if [[ $controllers == *,* ]]; then for one in ${controllers//,/ }; do ln -s "$controllers" "$root/sys/fs/cgroup/$one"; done; fi
done

# A boot is told from the one before by this id, and kubelet sets these kernel settings on its machine:
# they are the host's, so the machine gets its own copies to read and write.
mkdir -p "$root/run/own-kernel"
own() {
  [ -e "$root/proc/sys/$1" ] || return 0
  local copy=$root/run/own-kernel/${1//\//.}
  printf '%s\n' "$2" >"$copy"
  mount --bind "$copy" "$root/proc/sys/$1"
}
own kernel/random/boot_id "$(cat /proc/sys/kernel/random/uuid)"
for setting in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
  own "$setting" "$(cat "/proc/sys/$setting" 2>/dev/null)"
done

mkdir -p "$root/.host"
cd "$root"
pivot_root . .host
mount --make-rprivate /.host
umount -l /.host
rmdir /.host
mount --make-rshared /
exec env -i container=rack PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /sbin/init --log-target=console --log-level=warning
