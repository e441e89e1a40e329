#!/usr/bin/env bash
# kept.sh VIP    names what a cluster has left on this machine, one thing a line; says nothing about one that is as it was found
# Packages and images may stay.
set -euo pipefail
vip=$1

# Folders of the program and of etcd that are not to be there, and such as packages have, which are to be empty.
for folder in /etc/rackplane /opt/rackplane /var/lib/rackplane /run/rackplane; do
  [ ! -e "$folder" ] || echo "$folder"
done
for folder in /etc/kubernetes /var/lib/etcd /var/lib/kubelet /var/lib/cni /etc/cni/net.d /run/flannel; do
  # Debian's package kubernetes-cni brings the last one, so that its folder stays.
  [ ! -d "$folder" ] || find "$folder" -mindepth 1 ! -type d ! -name .kubernetes-cni-keep -print
done
find /etc /usr/local /root -xdev -name '*rackplane*' ! -path '/etc/rackplane/*' ! -path '/etc/rackplane' -print
findmnt -rno TARGET | grep -E '^/var/lib/(kubelet|rackplane)/|^/run/netns/cni' || true

systemctl list-units --no-legend --plain --state=active,activating,failed 'rackplane*' 'kubelet*' | awk '{ print $1 " is " $3 }'
! systemctl is-enabled --quiet kubelet 2>/dev/null || echo "kubelet.service is enabled"
for program in kubelet kube-apiserver kube-controller-manager kube-scheduler etcd kube-proxy kube-vip flanneld keepalived haproxy nginx; do
  ! pidof "$program" >/dev/null || echo "a process $program"
done
ctr -n k8s.io containers list -q 2>/dev/null | sed 's/^/container /' || true

ip -4 -o address show to "$vip/32" | awk '{ print "the VIP on " $2 }'
ip -o link show | awk -F': ' '$2 ~ /^(cni|flannel|veth|kube-)/ { print "link " $2 }'
ss -Hltn | awk '{ sub(/.*:/, "", $4); print $4 }' | sort -un |
  grep -xE '2379|2380|2381|6443|6444|7445|10248|10249|10250|10256|10257|10259' | sed 's/^/port /' || true
nft list tables 2>/dev/null | grep -E 'kube-proxy|rackplane|flannel' || true
iptables -S 2>/dev/null | grep -iE 'rackplane' || true
iptables -t nat -S 2>/dev/null | grep -iE 'rackplane|FLANNEL' || true
