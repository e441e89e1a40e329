# shellcheck shell=bash
# A cluster on this machine that is not this program's, and what a person would have to know who wants it taken over. Only
# read: kubeadm's files, kubelet's state, and etcd's list of members, which etcd gives out to its own machine.

# foreign_part: the first file that makes this machine one of another cluster; nothing where it is in none, or in ours.
foreign_part() {
  local part
  ! ours || return 0
  for part in /etc/kubernetes/{admin,kubelet}.conf /etc/kubernetes/manifests/{kube-apiserver,etcd}.yaml \
    {/var/lib/etcd,${ASKED[etcdDirectory]:-/var/lib/etcd}}/member; do
    [ ! -e "${ROOT:-}$part" ] || {
      echo "$part"
      return 0
    }
  done
}

# foreign_cluster: what that cluster is, in words with a colon before them; nothing where nothing but data is left of it.
foreign_cluster() {
  local kubernetes=${ROOT:-}/etc/kubernetes role=worker said
  [ ! -e "$kubernetes/manifests/kube-apiserver.yaml" ] || role="control-plane machine"
  [ "$role" != worker ] || [ -s "$kubernetes/kubelet.conf" ] || return 0
  said="a $role of Kubernetes $(foreign_version)"
  if systemctl is-active --quiet kubelet 2>/dev/null; then said+=", kubelet runs"; else said+=", kubelet does not run"; fi
  said+=", endpoint $(foreign_endpoint), pod network $(foreign_network)"
  [ "$role" = worker ] || said+=", $(foreign_etcd), $(foreign_authority)"
  echo ": $said"
}

foreign_version() {
  local found
  found=$(sed -nE 's/^ *image: *"?[^ @"]*:v?([0-9][^ @"]*).*/\1/p' "${ROOT:-}/etc/kubernetes/manifests/kube-apiserver.yaml" 2>/dev/null | head -n 1)
  [ -n "$found" ] || found=$(kubelet --version 2>/dev/null | sed 's/^Kubernetes v*//')
  echo "${found:-of an unknown version}"
}

# foreign_endpoint: the administrator's, since kubelet's is its own machine's API server from kubeadm 1.34 on.
foreign_endpoint() {
  local found
  found=$(sed -nE 's/^ *server: *"?([^ "]*).*/\1/p' "${ROOT:-}"/etc/kubernetes/{admin,kubelet}.conf 2>/dev/null | head -n 1)
  echo "${found:-unknown}"
}

# foreign_network: the first plugin that containerd would run.
foreign_network() {
  local found
  found=$(cat "${ROOT:-}"/etc/cni/net.d/*.conf{,list} 2>/dev/null | sed -nE 's/.*"type" *: *"([^"]*)".*/\1/p' | head -n 1)
  echo "${found:-unknown}"
}

# foreign_etcd: its members by etcd's own word, or else those that were there when this machine joined.
foreign_etcd() {
  local manifest=${ROOT:-}/etc/kubernetes/manifests/etcd.yaml pki=${ROOT:-}/etc/kubernetes/pki/etcd names
  [ -e "$manifest" ] || {
    echo "etcd elsewhere"
    return 0
  }
  names=$(curl -sf -m 3 --noproxy '*' --cacert "$pki/ca.crt" --cert "$pki/healthcheck-client.crt" --key "$pki/healthcheck-client.key" \
    -d '{}' https://127.0.0.1:2379/v3/cluster/member/list 2>/dev/null | grep -oE '"name":"[^"]*"' | cut -d'"' -f4)
  [ -n "$names" ] || names=$(sed -n 's/.*--initial-cluster=//p' "$manifest" | tr ',' '\n' | sed 's/=.*//')
  echo "etcd members ${names//$'\n'/ }"
}

# foreign_authority: machines that tell the same hash are of one cluster.
foreign_authority() {
  local pki=${ROOT:-}/etc/kubernetes/pki key="without"
  [ -e "$pki/ca.crt" ] || {
    echo "without its CA's certificate"
    return 0
  }
  [ ! -e "$pki/ca.key" ] || key="with"
  echo "$key its CA's key (ca.crt has SHA-256 $(sha256sum <"$pki/ca.crt" | cut -c1-12))"
}
