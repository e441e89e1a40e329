# shellcheck shell=bash
# Which Kubernetes runs on this machine, and which step leads from one version to another.
# Sourced after membership/records.sh.

# running_version: of the API server that this machine's manifest starts, as v1.34.3.
running_version() { sed -n 's/^ *image: .*kube-apiserver:\(v[0-9.]*\).*/\1/p' "$KUBERNETES/manifests/kube-apiserver.yaml" 2>/dev/null; }

# kubelet_version: of the kubelet that is installed, as v1.34.3.
kubelet_version() { kubelet --version 2>/dev/null | cut -d' ' -f2 || true; }

# stated_version KUBECTL...: the version in the cluster's own document, as v1.34.3. An upgrade changes it once its first
# machine runs the new version; what joins has to have this one.
stated_version() {
  "$@" -n kube-system get configmap kubeadm-config -o 'jsonpath={.data.ClusterConfiguration}' | sed -n 's/^kubernetesVersion: *//p' | grep .
}

# version_step FROM TO: what leads from one version to the other: none, patch, minor, minors (more than one: a way over
# each minor between them), down. Versions are as 1.34.3, with or without a v.
version_step() {
  local from to
  IFS=. read -r -a from <<<"${1#v}"
  IFS=. read -r -a to <<<"${2#v}"
  if [ "${from[*]}" = "${to[*]}" ]; then
    echo none
  elif [ "${to[0]}" != "${from[0]}" ]; then
    if [ "${to[0]}" -lt "${from[0]}" ]; then echo down; else echo minors; fi
  elif [ "${to[1]}" = "${from[1]}" ]; then
    if [ "${to[2]}" -gt "${from[2]}" ]; then echo patch; else echo down; fi
  elif [ "${to[1]}" -lt "${from[1]}" ]; then
    echo down
  elif [ "${to[1]}" = $((from[1] + 1)) ]; then
    echo minor
  else
    echo minors
  fi
}

# minors_between FROM TO: of one major; more than any kubelet may be behind, where the majors differ.
minors_between() {
  local from to
  IFS=. read -r -a from <<<"${1#v}"
  IFS=. read -r -a to <<<"${2#v}"
  if [ "${from[0]}" = "${to[0]}" ]; then echo $((to[1] - from[1])); else echo 100; fi
}

# version_path FROM TO: the minors on the way, as 1.34.x -> 1.35.x -> 1.36.2.
version_path() {
  local from to minor path=
  IFS=. read -r -a from <<<"${1#v}"
  IFS=. read -r -a to <<<"${2#v}"
  for ((minor = from[1] + 1; minor < to[1]; minor++)); do path+="${to[0]}.$minor.x -> "; done
  printf '%s\n' "$path${2#v}"
}
