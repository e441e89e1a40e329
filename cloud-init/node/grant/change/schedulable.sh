# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME is the grant's (lib/grant.sh)
# Whether ordinary pods may run on this control-plane machine: kubeadm's taint at its Node. Pods that run stay.
# Sourced by change.sh, after cluster-access.sh.

CONTROL_PLANE_TAINT=node-role.kubernetes.io/control-plane

due_schedulable() {
  local found
  # Where no API server answers yet, or the Node is not there, nothing can be told of it now.
  found=$(ask_cluster get node "$NAME" -o json 2>/dev/null | jq -r --arg key "$CONTROL_PLANE_TAINT" \
    'if any(.spec.taints[]?; .key == $key and .effect == "NoSchedule") then "apart" else "schedulable" end') || return 0
  [ "$found" != "$(wanted_place)" ] || return 0
  case $found in
  apart) echo "ordinary pods may run on this machine from now on" ;;
  schedulable) echo "ordinary pods may not be placed on this machine any more; those that run stay" ;;
  esac
}

wanted_place() { if jq -e '.kubeadm.join.nodeRegistration.taints == []' "$GRANT" >/dev/null; then echo schedulable; else echo apart; fi; }

do_schedulable() {
  local sign=
  [ "$(wanted_place)" = apart ] || sign=-
  await schedulable 60 "the Node $NAME to be tainted, or not, as controlPlane.schedulable says" \
    ask_cluster taint node "$NAME" --overwrite "$CONTROL_PLANE_TAINT:NoSchedule$sign"
}
