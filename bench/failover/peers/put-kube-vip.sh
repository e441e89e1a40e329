#!/usr/bin/env bash
# put-kube-vip.sh IMAGE FLAG...    kube-vip in the place of this program's announcer, with the manifest that it makes itself
# Run on a control-plane machine, standard input is not read. FLAGs: those of `kube-vip manifest pod`, as a source has them.
set -euo pipefail
image=$1
shift
manifests=/etc/kubernetes/manifests

# The announcer leaves what it announced, as for its own restart; nothing starts it any more, at a boot neither.
systemctl disable --quiet --now rackplane-announcer.service
rm -f "$manifests/kube-vip.json"
for pid in $(pidof kube-vip); do kill -KILL "$pid"; done
while pidof kube-vip >/dev/null; do read -rt 0.1 <> <(:) || true; done
ip -4 -o addr show to "$(jq -r .endpoint.address /etc/rackplane/node.json)/32" |
  while read -r _ device _ address _; do ip addr del "$address" dev "$device"; done

# The source's own way: the image makes the manifest (seeds/3, "Creating the manifest").
ctr -n k8s.io run --rm --net-host "$image" "manifest-$$" /kube-vip manifest pod "$@" >/run/kube-vip.yaml
grep -q '^kind: Pod' /run/kube-vip.yaml
mv /run/kube-vip.yaml "$manifests/kube-vip.yaml"
