# shellcheck shell=bash
# kubelet starts with another configuration. Pods keep running. Sourced after membership/records.sh.

# restart_kubelet EARLIER [--no-block]: EARLIER is a file with the configuration that it ran with. A kubelet refuses to
# start with records of pinned CPUs and memory that were made by another policy; without them it pins anew.
restart_kubelet() {
  if [ "$(pins_of "$1")" = "$(pins_of "$KUBELET_CONFIG")" ]; then
    systemctl restart "${@:2}" kubelet >&2
    return
  fi
  systemctl stop kubelet >&2
  rm -f "$ROOT"/var/lib/kubelet/{cpu,memory}_manager_state
  systemctl start "${@:2}" kubelet >&2
}

# pins_of CONFIG: the fields, with what is nested in them, by which kubelet pins.
pins_of() {
  awk '/^[a-zA-Z]/ { pins = /^(cpuManagerPolicy|cpuManagerPolicyOptions|memoryManagerPolicy|reservedMemory|reservedSystemCPUs|kubeReserved|systemReserved|topologyManager[A-Za-z]*):/ } pins' "$1" 2>/dev/null || true
}
