#!/usr/bin/env bash
# On a machine whose disk is prepared: a kubelet without a cluster runs one pod from a file, as it runs a control plane's,
# and systemd makes the cgroups. Ends when the pod's container runs.
set -euo pipefail
systemctl stop kubelet.service
containerd config default |
  sed -e 's/SystemdCgroup = false/SystemdCgroup = true/' -e 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
    -e 's|sandbox_image = .*|sandbox_image = "registry.k8s.io/pause:3.10.1"|' >/etc/containerd/config.toml
systemctl restart containerd.service

mkdir -p /etc/kubernetes/manifests
cat >/etc/kubernetes/manifests/still.yaml <<'POD'
apiVersion: v1
kind: Pod
metadata: { name: still, namespace: default }
spec:
  # A pod of the machine's own network needs no plugin for one.
  hostNetwork: true
  containers:
    - name: still
      image: registry.k8s.io/pause:3.10.1
      imagePullPolicy: Never
      resources: { requests: { cpu: 200m, memory: 32Mi }, limits: { cpu: 500m, memory: 64Mi } }
POD
cat >/root/kubelet.yaml <<'KUBELET'
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
cgroupDriver: systemd
failSwapOn: false
containerRuntimeEndpoint: unix:///run/containerd/containerd.sock
staticPodPath: /etc/kubernetes/manifests
authentication: { anonymous: { enabled: true }, webhook: { enabled: false } }
authorization: { mode: AlwaysAllow }
KUBELET
systemctl is-active --quiet kubelet-alone.service || systemd-run --quiet --unit kubelet-alone /usr/bin/kubelet --config /root/kubelet.yaml

# Two scopes: the pod's sandbox and its container.
scopes() { find /sys/fs/cgroup/kubepods.slice -path '*burstable-pod*' -name 'cri-containerd-*.scope' 2>/dev/null | wc -l; }
deadline=$((SECONDS + 600))
until [ "$(scopes)" -ge 2 ]; do
  [ "$SECONDS" -lt "$deadline" ] || {
    journalctl --no-pager -n 40 -u kubelet-alone -u containerd
    exit 1
  }
  sleep 1
done
