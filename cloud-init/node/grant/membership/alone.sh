# shellcheck shell=bash
# A cluster is formed once: before anything is formed, nobody else may already serve it.

# refuse_other_clusters: dies when the endpoint or another machine of the roster serves an API.
refuse_other_clusters() {
  local address
  for address in $OTHERS "$VIP"; do
    # This machine's own VIP, from a form that was interrupted, says nothing about others.
    if [ "$address" = "$VIP" ] && vip_here; then continue; fi
    if accepts "$address"; then
      die alone "a cluster already answers at $address:$(port_at "$address"); expected silence, since form must never run twice; if Pulumi's state was lost, restore it ('pulumi stack import'), or destroy those machines first"
    fi
  done
}
