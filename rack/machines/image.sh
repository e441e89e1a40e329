#!/usr/bin/env bash
# Makes a Debian root file system a machine's image; mmdebstrap runs it last, with the root's path.
set -euo pipefail
root=${1:?usage: image.sh ROOT}
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

cp -r "$here/image/." "$root/"
find "$here/image" -type f -perm -u+x -printf '%P\n' | while read -r program; do chmod 755 "$root/$program"; done

# The rack has no Debian mirror: the image carries what a person's machine would get from one.
rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d/*
: >"$root/etc/fstab"
# Identities are a machine's own: host keys come from cloud-init, the machine id from the rack.
rm -f "$root"/etc/ssh/ssh_host_*
: >"$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/etc/hostname" "$root/etc/resolv.conf"
# Debian's own sysctl files also set what belongs to the whole host; the machine's later files apply.
rm -f "$root"/usr/lib/sysctl.d/*.conf "$root"/etc/sysctl.conf "$root"/etc/sysctl.d/99-sysctl.conf

chroot "$root" systemctl set-default multi-user.target >/dev/null
chroot "$root" systemctl enable ssh.service phone-home.service >/dev/null
# There for who configures them, as from a mirror; Debian would start each with its example.
chroot "$root" systemctl disable keepalived.service haproxy.service nginx.service bird.service >/dev/null
# Devices, consoles, clocks and kernel file systems are the host's business.
chroot "$root" systemctl mask \
  systemd-udevd.service systemd-udev-trigger.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
  console-getty.service getty@.service serial-getty@.service getty.target systemd-logind.service \
  systemd-networkd.service systemd-timesyncd.service systemd-remount-fs.service systemd-modules-load.service systemd-pstore.service \
  dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount sys-kernel-tracing.mount sys-kernel-config.mount \
  sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount \
  apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer 2>/dev/null
