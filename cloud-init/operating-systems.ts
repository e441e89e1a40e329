/**
 * The distributions that the on-node program runs on, each with systemd, apt and the packages containerd, runc,
 * iproute2, iptables, jq and curl under these names: the one home of the list. A new one is a row here.
 *
 * What differs between them and was looked for:
 *
 * - containerd: 1.6 in Debian 12, 1.7 in Debian 13 and Ubuntu 22.04 and 24.04, 2.x in Ubuntu 26.04. All of them read
 *   the configuration of version 2 that is written (boot/jq/containerd-toml.jq): the rack runs 1.6 and 1.7, and
 *   `containerd config dump` of 2.2.0 shows every value of it in its own form.
 * - systemd 258, and so Ubuntu 26.04, knows cgroup v2 alone, which all of them run on a server.
 * - Ubuntu 26.04 has sudo-rs, which takes `sudo -n` and NOPASSWD, and the coreutils of uutils, of which common options
 *   alone are used.
 * - Debian's and Ubuntu's own list of sources is of the deb822 form in the newer ones; Kubernetes' list is a file of
 *   its own, in the form that all of them read.
 */
export const OPERATING_SYSTEMS = [
  // `slug` is Equinix Metal's, `id` and `version` are os-release's ID and VERSION_ID.
  { slug: "ubuntu_22_04", id: "ubuntu", version: "22.04", title: "Ubuntu 22.04" },
  { slug: "ubuntu_24_04", id: "ubuntu", version: "24.04", title: "Ubuntu 24.04" },
  { slug: "ubuntu_26_04", id: "ubuntu", version: "26.04", title: "Ubuntu 26.04" },
  { slug: "debian_12", id: "debian", version: "12", title: "Debian 12" },
  { slug: "debian_13", id: "debian", version: "13", title: "Debian 13" },
] as const;

/** Equinix Metal's name of an operating system. */
export type OperatingSystem = (typeof OPERATING_SYSTEMS)[number]["slug"];
