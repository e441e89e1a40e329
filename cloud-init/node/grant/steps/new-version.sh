#!/usr/bin/env bash
# Fetches what node.json's version of Kubernetes needs here: packages, its kubeadm taken out of its own, images. Nothing is
# installed, so the machine serves on as it is. Not a step of `prepare`: a member gets another version by `member` alone.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "${RACKPLANE_BUNDLE:-/opt/rackplane}/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../../boot/lib/packages.sh
. "$BUNDLE/boot/lib/packages.sh"
# shellcheck source=../lib/new-version.sh
. "$BUNDLE/grant/lib/new-version.sh"

version=$(node .cluster.kubernetesVersion)
seconds=$(node .deadlines.downloads)
archives=$UPGRADE/archives

kubernetes_repository upgrade "$seconds"
specs=()
for package in "${PACKAGES[@]}"; do
  found=$(apt-cache madison "$package")
  grep -qF "| $version-" <<<"$found" ||
    die upgrade "kubernetesVersion: $(node .packages.url) has no $package $version; it has: $(awk '{printf "%s ", $3}' <<<"$found"). Choose one of these, fill the mirror, or name the one of that minor (mirrors.packages.url), and run 'pulumi up' again; nothing was changed"
  specs+=("$package=$version-*")
done

# Into a folder of their own: what 'apt-get clean' takes away would be missing half-way.
fetch() {
  rm -rf "$archives"
  mkdir -p "$archives/partial"
  # apt's unprivileged helper writes there.
  chmod 755 "$UPGRADE" "$archives"
  apt_get install --download-only --reinstall --no-install-recommends --allow-change-held-packages --allow-downgrades \
    -o "Dir::Cache::archives=$archives" "${specs[@]}"
}
await upgrade "$seconds" "apt to fetch ${specs[*]}; nothing was changed yet" fetch

unpacked=$UPGRADE/unpacked
rm -rf "$unpacked"
mkdir -p "$unpacked"
{ dpkg-deb -x "$archives"/kubeadm_*.deb "$unpacked" && mv -f "$unpacked/usr/bin/kubeadm" "$NEW_KUBEADM"; } ||
  die upgrade "kubeadm $version could not be taken out of its package in $archives; make room on that disk and run 'pulumi up' again; nothing was changed"
rm -rf "$unpacked"

# Of kubeadm's own images a worker runs kube-proxy, and perhaps CoreDNS.
needed=$([ "$(role)" = worker ] && echo '/(kube-proxy|coredns)[/:]' || echo .)
images=$({ "$NEW_KUBEADM" config images list --kubernetes-version "v$version" | grep -E "$needed" && node '.images.sandbox, .images.extra[]'; } | sort -u)
# kubelet finds what is in containerd's k8s.io namespace. --hosts-dir makes ctr use the mirrors too.
pull() {
  timeout "$seconds" xargs -P 3 -I{} ctr -n k8s.io images pull --hosts-dir "$ROOT/etc/containerd/certs.d" {} <<<"$images" 2>&1 >/dev/null
}
await upgrade "$seconds" "$(wc -l <<<"$images") images of $version from their registries or mirrors; nothing was changed yet" pull
