# node.json, $machine (machine.json), $roster (roster.json) and $secrets (secrets.json) -> keepalived.conf.
# $earlier: addresses of the election since this machine started; one that is out of the roster may hold the VIP still.
# $track is the file in which the announcer says whether this machine may hold the VIP.
$machine[0] as $m
| .announcer as $a
| .endpoint as $endpoint
# The machines that take part in the VRRP election, in the same order on every machine.
| (if $a.kind == "balancers" then $a.machines else $roster[0] end) as $all
| ($all | map(.address) | index($m.address) // length) as $position
| [$all[].address, ($earlier - [$all[].address])[] | select(. != $m.address)] as $others
| ($a.interface // $m.interface) as $interface
| [
    "# rackplane: written by the announcer from node.json, roster.json and secrets.json",
    "global_defs {",
    "  router_id \($m.name)",
    # keepalived sends no mail and runs no script here, so only keepalived itself has to run as root.
    "  enable_script_security",
    "  vrrp_garp_master_repeat 5",
    # A switch that missed the first ARP messages (it was learning) gets them again after a second, and every minute.
    "  vrrp_garp_master_delay 1",
    "  vrrp_garp_master_refresh 60",
    # By way of the machine's own SNMP agent (AgentX), which knows where traps go.
    (select(.balancing.snmpTraps == true) | "  enable_snmp_vrrp", "  enable_traps"),
    "}",
    "",
    # Not 0: this machine may not hold the VIP. keepalived watches the file, so a withdrawal waits for no interval.
    "track_file fit {",
    "  file \"\($track)\"",
    # Until the announcer has said otherwise, the machine is not fit.
    "  init_file 1",
    "}",
    "",
    "vrrp_instance endpoint {",
    # No machine starts as master, and none takes the VIP from a healthy one: the VIP moves only when it must.
    "  state BACKUP",
    "  nopreempt",
    "  interface \($interface)",
    (select($a.vrrpVersion == 3) | "  version 3"),
    "  virtual_router_id \($a.virtualRouterId)",
    # Different on every machine, so that an election has one winner at once.
    "  priority \(200 - 10 * $position)",
    "  advert_int \($a.advertSeconds)",
    "  unicast_src_ip \($m.address)",
    "  unicast_peer {",
    # A machine that is alone tells the VIP, which is its own address while it tells anything: from multicast to unicast,
    # when the second machine comes, keepalived would begin anew and take the VIP away meanwhile.
    (if $others == [] then $endpoint.address else $others[] end | "    \(.)"),
    "  }",
    # Version 3 has no password (lib/vrrp-filter.sh). Version 2's is simple: it keeps a neighbour's mistake out, not an
    # attacker; 8 characters count.
    (select($a.vrrpVersion != 3)
      | "  authentication {",
        "    auth_type PASS",
        "    auth_pass \($secrets[0].vrrpPassword | tojson)",
        "  }"),
    "  virtual_ipaddress {",
    "    \($endpoint.address)/\($a.prefix) dev \($interface)",
    "  }",
    "  track_file {",
    # Weight 0: a machine that is not fit is in fault, instead of having a lower priority.
    "    fit weight 0",
    "  }",
    "}"
  ][]
