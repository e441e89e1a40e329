# The next etcd member that may be removed because the configuration no longer has its machine. Pure: asked again after
# each removal, with what a quorum lists then.
# Input: the members, [{id, name, address, role, healthy}]. $grant: the grant, whose roster is the control plane that stays.
# $only: "dead" where living members are left to `retire`, as in a join; else "all"; or the ID of one that is asked about.
# Output: "dead|living ID NAME ADDRESS"; nothing when there is none; or "refuse" and why, with what is expected and what
# to do.
def at: "\(.name) at \(.address)";
def told: map(at) | join(", ");
# Under its name at another address, or at its address under another name, a machine was re-created: its own join sees to
# that (jq/stale.jq).
def stays: . as $member | any($grant[0].roster[]; .name == $member.name or .address == $member.address);
def voters: map(select(.role == "voting"));
def well: map(select(.healthy));
map(select(stays)) as $staying |
map(select(stays | not)) as $gone |
# A learner has no vote: its removal costs nothing. Those that are dead go first, since each makes the quorum safer.
first(
  if $only == "all" or $only == "dead" then
    ($gone[] | select(.role == "learner" and (.healthy | not))),
    ($gone[] | select(.healthy | not)),
    (if $only == "all" then $gone[] else empty end)
  else
    $gone[] | select(.id == $only)
  end) as $next |
(. - [$next] | voters) as $left |
if $next.healthy and ($staying | voters | well) == [] then
  "refuse \($next | at) is no longer in the configuration, and no etcd member that stays is healthy (\($staying | if . == [] then "there is none" else told end)); expected one; bring one back, see 'rackplane status' on it, then run 'pulumi up' again"
elif $next.role == "voting" and ($left | well | length) * 2 <= ($left | length) then
  "refuse removing etcd member \($next | at) would leave \($left | well | length) healthy of \($left | length) (not healthy: \($left - ($left | well) | told)); expected a majority; bring those back or replace their machines, then run 'pulumi up' again"
elif $next.healthy and ($staying | any(.role == "learner")) then
  "refuse etcd member \($next | at) is to leave, and \($staying | map(select(.role == "learner")) | told) has not joined to the end; expected no learner; run 'pulumi up' again once it has, or remove its machine from the configuration"
elif $next.healthy and ($staying | voters | well) != ($staying | voters) then
  "refuse etcd member \($next | at) is to leave, and of those that stay \($staying | voters | . - well | told) is not healthy; expected all of them to be; bring back what is named or replace its machine, then run 'pulumi up' again"
else
  "\(if $next.healthy then "living" else "dead" end) \($next.id) \($next.name) \($next.address)"
end
