# The Nodes of machines that the configuration no longer has: those of the control plane, and those that this program has
# marked or given a pool. A Node that others brought is left alone. Pure.
# Input: a list of Nodes. $grant: the grant. Output: "NAME ADDRESS READY" a line.
.items[]
| select(.metadata.name | IN($grant[0].staying[]) | not)
| select((.metadata.labels // {} | has("node-role.kubernetes.io/control-plane"))
    or (.metadata.annotations // {} | has("rackplane/machine") or has("rackplane/pool")))
| "\(.metadata.name) \(first(.status.addresses[]? | select(.type == "InternalIP").address) // "-") \(
    if any(.status.conditions[]?; .type == "Ready" and .status == "True") then "yes" else "no" end)"
