# shellcheck shell=bash
# Sourced after membership/records.sh.

# healthy_parts: what kubeadm wrote when this machine joined is all there.
healthy_parts() {
  local part missing=()
  if [ "$(role)" = worker ]; then
    [ -e "$KUBERNETES/kubelet.conf" ] || missing=("$KUBERNETES/kubelet.conf")
  else
    mapfile -t missing < <(missing_parts)
    for part in kube-controller-manager kube-scheduler; do
      [ -e "$KUBERNETES/manifests/$part.yaml" ] || missing+=("$KUBERNETES/manifests/$part.yaml")
    done
  fi
  if [ ${#missing[@]} -gt 0 ]; then
    printf '%s' "${missing[0]#"$ROOT"} is missing"
    [ ${#missing[@]} -eq 1 ] || printf ', and %d more' $((${#missing[@]} - 1))
    # Of a machine that has nothing yet, the general way is the right one.
    if [ -e "$KUBERNETES/kubelet.conf" ]; then
      printf "\tput it back on the machine: 'find / -xdev -name \"*%s*\"' finds it where it was moved; where it is lost, run 'pulumi up --replace' with the URN of the machine" "${missing[0]##*/}"
    fi
    return 1
  fi
  if [ -e "$JOINING" ] || [ "$(formation)" = forming ]; then
    echo "the machine has not finished joining"
    return 1
  fi
}
