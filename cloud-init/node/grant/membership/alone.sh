# shellcheck shell=bash
# A cluster is formed once: no other machine may serve it already when this machine forms it.

# refuse_other_clusters ADDRESS...: dies when an API is served at one of them.
refuse_other_clusters() {
  local address
  for address; do
    # A VIP that an interrupted form left on this machine says nothing about other machines.
    if [ "$address" = "$VIP" ] && vip_here; then continue; fi
    if accepts "$address"; then
      die alone "a cluster already answers at $address:$(port_at "$address"); expected silence, since form must never run twice; if Pulumi's state was lost, restore it ('pulumi stack import'), or destroy those machines first"
    fi
  done
}
