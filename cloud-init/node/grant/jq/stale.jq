# Which etcd members were this machine before it was replaced or its join was cut, and may be removed. Pure.
# Input: the members that a quorum lists, [{id, name, address, role, healthy}]. $name, $address: this machine.
# Output: a line for each, its ID and what it is; or "refuse" and why, with what is expected and what to do.
def at: "\(.name) at \(.address)";
map(.own = (.name == $name or .address == $address)) |
map(select(.own)) as $own |
map(select(.own | not)) as $others |
# A learner has no vote, here as in etcd's own count.
($others | map(select(.role == "voting"))) as $voting |
($voting | map(select(.healthy | not))) as $ill |
# This machine's own etcd may run; at another address it is another machine that still runs under this name.
($own | map(select(.healthy and .address != $address))) as $alive |
if $alive != [] then
  "refuse etcd member \($alive[0] | at) is healthy: another machine still runs under this machine's name; expected the earlier machine to be gone; switch it off or delete it, then run 'pulumi up' again"
elif all($own[]; .role == "learner") or ($voting | length) - ($ill | length) > ($voting | length) / 2 then
  $own[] | "\(.id) \(at), \(.role)"
else
  "refuse removing this machine's stale etcd member would leave \(($voting | length) - ($ill | length)) healthy of \($voting | length) (not healthy: \($ill | map(at) | join(", ") | if . == "" then "none" else . end)); expected a majority; make those healthy first, or restore etcd from a snapshot"
end
