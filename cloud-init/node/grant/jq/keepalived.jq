# node.json, $machine (machine.json), $roster (roster.json) and $secrets (secrets.json) -> keepalived.conf.
# $track is the file in which the announcer says whether this machine may hold the VIP.
$machine[0] as $m
| .announcer as $a
| .endpoint as $endpoint
# Who takes part in the vote, in the order that every machine knows.
| (if $a.kind == "balancers" then $a.machines else $roster[0] end) as $all
| ($all | map(.address) | index($m.address) // length) as $position
| [$all[].address | select(. != $m.address)] as $others
| ($a.interface // $m.interface) as $interface
| [
    "# rackplane: written by the announcer from node.json, roster.json and secrets.json",
    "global_defs {",
    "  router_id \($m.name)",
    # Nobody reads mail from here, and no script runs: nothing has to run as root but keepalived itself.
    "  enable_script_security",
    "  vrrp_garp_master_repeat 5",
    # Who missed the first ones (a switch that was learning) hears of the move after a second, and every minute.
    "  vrrp_garp_master_delay 1",
    "  vrrp_garp_master_refresh 60",
    "}",
    "",
    # Not 0: this machine stands aside. Looked at when it changes, so a withdrawal takes no interval.
    "track_file fit {",
    "  file \"\($track)\"",
    # Nothing is known yet: not fit.
    "  init_file 1",
    "}",
    "",
    "vrrp_instance endpoint {",
    # Nobody is born a master, and nobody takes the VIP from one that is well: it moves when it must.
    "  state BACKUP",
    "  nopreempt",
    "  interface \($interface)",
    "  virtual_router_id \($a.virtualRouterId)",
    # Different everywhere, so that a vote has one winner at once.
    "  priority \(200 - 10 * $position)",
    "  advert_int \($a.advertSeconds)",
    (if $others == [] then "  mcast_src_ip \($m.address)"
     else
       "  unicast_src_ip \($m.address)",
       "  unicast_peer {",
       ($others[] | "    \(.)"),
       "  }"
     end),
    "  authentication {",
    "    auth_type PASS",
    # VRRP's simple password: it keeps a neighbour's mistake out, not an attacker; 8 characters count.
    "    auth_pass \($secrets[0].vrrpPassword | tojson)",
    "  }",
    "  virtual_ipaddress {",
    "    \($endpoint.address)/\($a.prefix) dev \($interface)",
    "  }",
    "  track_file {",
    # Weight 0: not fit is a fault, not a smaller chance.
    "    fit weight 0",
    "  }",
    "}"
  ][]
