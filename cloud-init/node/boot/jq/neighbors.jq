# metadata -> the IPv4 BGP neighbours that have peers; empty (not []) while there is none.
# `bgp_neighbors` is absent, null or [] until the platform has configured the session: all mean "not yet",
# and so does an IPv6 neighbour that arrived first.
[.bgp_neighbors // [] | arrays[] | select(.address_family == 4 and (.peer_ips // [] | length) > 0)]
| select(length > 0)
