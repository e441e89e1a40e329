import * as path from "node:path";
import { CNI_PLUGINS } from "./debian-tools";
import { kubernetesProgram } from "./images";
import { minorOf } from "./minor";

/** Where a file of a package comes from. */
export type FileSource =
  | { readonly kind: "program"; readonly name: string }
  | { readonly kind: "unit"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  /** A folder of Debian's unpacked packages, all of its files. */
  | { readonly kind: "debian"; readonly folder: string };

/** One Debian package of the mirror. */
export interface DebSpec {
  readonly name: string;
  readonly version: string;
  readonly summary: string;
  readonly depends?: readonly string[];
  readonly recommends?: readonly string[];
  /** Path on the machine -> source. */
  readonly files: Readonly<Record<string, FileSource>>;
  /** Files that a person may change and an upgrade leaves alone. */
  readonly conffiles?: readonly string[];
  /** Maintainer script run after unpacking. */
  readonly postinst?: string;
}

/** The first installation enables; an upgrade leaves a person's choice alone. */
const KUBELET_POSTINST = `#!/bin/sh
set -e
if [ "$1" = configure ] && command -v systemctl >/dev/null; then
  [ -n "$2" ] || systemctl --no-reload enable kubelet.service
  [ ! -d /run/systemd/system ] || systemctl daemon-reload
fi
`;

/**
 * Upstream's file is empty. The machines of a rack share the host's disk: kubelet's own bounds are shares of its size
 * (15 % for images), so a large disk with 37 GB free had put every node under disk pressure.
 */
const EVICTION = "memory.available<100Mi,nodefs.available<1Gi,imagefs.available<1Gi";

/** The version of kubernetes-cni in each minor's repository; any of them is enough for every kubelet. */
const CNI_VERSIONS: Readonly<Record<string, string>> = { "1.33": "1.6.0-1.1", "1.34": "1.7.1-1.1" };

/** The folder with the unit files. */
export const UNITS = path.join(__dirname, "units");

/**
 * The packages of pkgs.k8s.io for this Kubernetes: names, versions, files and dependencies as published there
 * (kubeadm 1.32 and later depends on nothing, so that cri-tools is not needed).
 */
export function debsFor(kubernetesVersion: string): readonly DebSpec[] {
  const version = `${kubernetesVersion}-1.1`;
  const program = (name: string): Record<string, FileSource> => ({
    [`/usr/bin/${name}`]: { kind: "program", name: kubernetesProgram(kubernetesVersion, name) },
  });
  return [
    {
      name: "kubeadm",
      version,
      summary: "Command-line utility for administering a Kubernetes cluster",
      files: {
        ...program("kubeadm"),
        "/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf": { kind: "unit", name: "10-kubeadm.conf" },
      },
    },
    {
      name: "kubectl",
      version,
      summary: "Command-line utility for interacting with a Kubernetes cluster",
      files: program("kubectl"),
    },
    {
      name: "kubelet",
      version,
      summary: "Node agent for Kubernetes clusters",
      depends: ["kubernetes-cni (>= 1.2.0)", "mount", "util-linux"],
      recommends: ["iptables (>= 1.8.4)"],
      files: {
        ...program("kubelet"),
        "/usr/lib/systemd/system/kubelet.service": { kind: "unit", name: "kubelet.service" },
        "/etc/default/kubelet": { kind: "text", text: `KUBELET_EXTRA_ARGS=--eviction-hard=${EVICTION}\n` },
        "/etc/kubernetes/manifests/.kubelet-keep": { kind: "text", text: "" },
        "/var/lib/kubelet/.kubelet-keep": { kind: "text", text: "" },
      },
      conffiles: ["/etc/default/kubelet"],
      // Enabled and not started, as upstream's: it has no configuration before kubeadm wrote one.
      postinst: KUBELET_POSTINST,
    },
    {
      name: "kubernetes-cni",
      version: CNI_VERSIONS[minorOf(kubernetesVersion)] ?? "1.7.1-1.1",
      summary: "Container networking plugins (in the rack: those of Debian's containernetworking-plugins)",
      files: {
        "/opt/cni/bin": { kind: "debian", folder: CNI_PLUGINS.folder },
        "/etc/cni/net.d/.kubernetes-cni-keep": { kind: "text", text: "" },
      },
    },
  ];
}

/** The file DEBIAN/control; size in KiB as dpkg counts it. */
export function controlOf(deb: DebSpec, installedSize: number): string {
  const list = (field: string, values: readonly string[] = []) =>
    values.length > 0 ? [`${field}: ${values.join(", ")}`] : [];
  return [
    `Package: ${deb.name}`,
    `Version: ${deb.version}`,
    "Architecture: amd64",
    "Maintainer: Kubernetes Authors <dev@kubernetes.io>",
    `Installed-Size: ${installedSize}`,
    ...list("Depends", deb.depends),
    ...list("Recommends", deb.recommends),
    "Section: admin",
    "Priority: optional",
    "Homepage: https://kubernetes.io",
    `Description: ${deb.summary}`,
    "",
  ].join("\n");
}
