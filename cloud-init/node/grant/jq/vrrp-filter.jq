# node.json, $machine (machine.json), $roster (roster.json) and $earlier (addresses that were let in since this machine
# started) -> a script for nft. VRRP version 3 has no password: what this machine takes for an advertisement is what the
# other machines of the election send, by their addresses.
$machine[0] as $m
| .announcer as $a
| (if $a.kind == "balancers" then $a.machines else $roster[0] end) as $all
# A machine that has left the roster may hold the VIP until it is switched off. Unheard, it would hold it beside another.
| ([$all[].address, $earlier[] | select(. != $m.address)] | unique) as $others
| [
    "# rackplane: written by the announcer from node.json and roster.json",
    # Declared before it is deleted, as nft refuses to delete what is not there. All of it takes effect at once.
    "table inet rackplane_vrrp",
    "delete table inet rackplane_vrrp",
    "table inet rackplane_vrrp {",
    "  chain input {",
    # Before the distribution's and a person's own filters, which may refuse more.
    "    type filter hook input priority -10; policy accept;",
    (if $others == [] then empty else "    ip protocol 112 ip saddr { \($others | join(", ")) } accept" end),
    "    meta l4proto 112 drop",
    "  }",
    "}"
  ][]
