# shellcheck shell=bash
# Sourced after membership/records.sh.

# healthy_node: the cluster has this machine's Node with its address, asked with kubelet's own certificate.
healthy_node() {
  kubectl --kubeconfig "$KUBERNETES/kubelet.conf" --request-timeout 10s get node "$NAME" -o json |
    jq -e --arg address "$ADDRESS" 'any(.status.addresses[]?; .type == "InternalIP" and .address == $address)' >/dev/null ||
    {
      echo "there is no Node $NAME with the address $ADDRESS yet; see 'journalctl -u kubelet' here"
      return 1
    }
}
