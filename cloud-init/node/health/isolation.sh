# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and WORK are those of the verb that asks
# Sourced after membership/records.sh.

# healthy_isolation: the pods and the kubelet on this machine report what controlPlane.isolation asks for.
healthy_isolation() {
  local words
  as_admin -n kube-system get pods -l tier=control-plane --field-selector "spec.nodeName=$NAME" -o json >"$WORK/pods.json" || return 1
  as_admin get --raw "/api/v1/nodes/$NAME/proxy/configz" >"$WORK/configz.json" || return 1
  words=$(jq -nr --slurpfile node "$NODE_JSON" --slurpfile pods "$WORK/pods.json" --slurpfile kubelet "$WORK/configz.json" \
    --slurpfile cpus "$ROOT/var/lib/kubelet/cpu_manager_state" -f "$BUNDLE/grant/jq/isolation.jq") || return 1
  [ -z "$words" ] || {
    echo "${words//$'\n'/; }"
    return 1
  }
}

as_admin() { kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 10s "$@"; }
