#!/usr/bin/env bash
# Makes a Debian root file system the virtual machine's; mmdebstrap runs it last, with the root's path.
#
#   image.sh ROOT NODE     NODE: the program that runs the rack on this host
set -euo pipefail
root=${1:?usage: image.sh ROOT NODE} node=${2:?usage: image.sh ROOT NODE}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cp -r "$here/image/." "$root/"
chmod 755 "$root/usr/local/sbin/command-port"
cp "$node" "$root/usr/local/bin/node"
echo rack-vm >"$root/etc/hostname"
: >"$root/etc/machine-id"
mkdir -p "$root/rackplane" "$root/usr/local/go" "$root/mnt/cache" "$root/root/.cache/rackplane" \
  "$root/var/lib/cache/upper" "$root/var/lib/cache/work"

chroot "$root" systemctl set-default multi-user.target >/dev/null
chroot "$root" systemctl enable command-port.service >/dev/null
# The rack starts what it needs of these itself.
chroot "$root" systemctl disable bird.service haproxy.service docker-registry.service >/dev/null
# There is no clock, no console and no mirror to tend, and emulated time is dear.
chroot "$root" systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  systemd-timesyncd.service getty.target serial-getty@.service e2scrub_reap.service 2>/dev/null
# With the file system's driver and its bus alone it boots in half the time.
chroot "$root" update-initramfs -u -k all >/dev/null
