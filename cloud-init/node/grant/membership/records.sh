# shellcheck shell=bash
# What this machine knows about its own membership, kept where a reboot does not lose it.

KUBERNETES=$ROOT/etc/kubernetes
# Where etcd keeps its data, as the machine's last grant says it.
ETCD_HOME=$ROOT/var/lib/etcd
if grep -qsF '"dataDir"' "$KUBEADM_JSON"; then
  ETCD_HOME=$ROOT$(jq -re 'first(.init[] | .etcd.local.dataDir // empty)' "$KUBEADM_JSON")
fi
ETCD_DATA=$ETCD_HOME/member
# {cluster, state: forming|formed, since, restored}: this very machine ran `kubeadm init`, on the data of that restore.
FORMED=$STATE/formed.json
# Exists from before the first change of a join until after the last one: while it exists, the join is unfinished.
JOINING=$STATE/joining

# The kubelet's configuration as kubeadm writes it, and the hash of the pool's patches that a worker's kubelet runs with.
# shellcheck disable=SC2034  # receive/previous.sh and membership/worker.sh read it
KUBELET_CONFIG=$ROOT/var/lib/kubelet/config.yaml
# Its certificate and key, which it renews itself.
# shellcheck disable=SC2034
KUBELET_CERTIFICATE=$ROOT/var/lib/kubelet/pki/kubelet-client-current.pem
# The flags that kubeadm writes for it.
# shellcheck disable=SC2034
KUBELET_FLAGS=$ROOT/var/lib/kubelet/kubeadm-flags.env
# shellcheck disable=SC2034
KUBELET_SETTINGS=$STATE/kubelet-settings

# formation: none, forming or formed.
formation() { if [ -s "$FORMED" ]; then jq -r .state "$FORMED"; else echo none; fi; }

# record_formation STATE
record_formation() {
  jq --arg cluster "$CLUSTER" --arg state "$1" --argjson since "$EPOCHSECONDS" \
    '{$cluster, $state, $since} + if .restore then {restored: .restore.generation} else {} end' "$GRANT" | replace "$FORMED" 0600 || true
  sync "$FORMED" # before kubeadm writes anything: a power loss must not lose the record and keep the data
}

begin_joining() {
  mkdir -p "$STATE"
  : >"$JOINING"
  rm -f "$FORMED" # this machine gives up the cluster that it formed for the one that it joins
  sync "$JOINING" "$STATE"
}

# whole: all parts of a member are on this machine, and no record says that a form or a join is unfinished.
whole() { [ ! -e "$JOINING" ] && [ "$(formation)" != forming ] && [ -z "$(missing_parts)" ]; }

# missing_parts: the parts of a member that are not on this machine, one a line.
missing_parts() {
  local part
  for part in "$ETCD_DATA" "$KUBERNETES"/{kubelet.conf,manifests/etcd.yaml,manifests/kube-apiserver.yaml}; do
    [ -e "$part" ] || printf '%s\n' "$part"
  done
}

# kubernetes_here: one of the files that make a member is here, besides etcd's data.
kubernetes_here() { compgen -G "$KUBERNETES/kubelet.conf" >/dev/null || compgen -G "$KUBERNETES/manifests/*.yaml" >/dev/null; }

# leftovers: kubeadm or etcd wrote something here. The records above and the keys alone do not count.
leftovers() {
  [ -e "$ETCD_DATA" ] || [ -e "$PKI/apiserver.crt" ] ||
    compgen -G "$KUBERNETES/*.conf" >/dev/null || compgen -G "$KUBERNETES/manifests/*.yaml" >/dev/null
}
