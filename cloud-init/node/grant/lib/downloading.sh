# shellcheck shell=bash

# downloading COMMAND...: through the proxy of node.json, if there is one. Not exported to kubeadm, which would write it into
# the manifests.
downloading() {
  local environment
  read -ra environment < <(jq -r '.downloadEnvironment // empty' "$NODE_JSON") || true
  env "${environment[@]}" "$@"
}
