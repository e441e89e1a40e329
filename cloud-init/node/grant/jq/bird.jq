# node.json and $machine (machine.json) -> BIRD's configuration (BIRD 2.0.12, user's guide). It holds MD5 passwords.
$machine[0] as $m
| .announcer as $announcer
| "\($announcer.bfd.intervalMilliseconds) ms" as $interval
| [
    "# rackplane: made anew by the announcer; edits are lost",
    "router id \($m.routerId);",
    "log stderr all;",
    "debug protocols { states };",
    "protocol device { scan time 10; }",
    "# The announcer puts the VIP there, and takes it away.",
    "protocol direct endpoint {",
    "  ipv4;",
    "  interface \"lo\";",
    "}",
    "protocol bfd {",
    "  interface \"*\" { interval \($interval); multiplier \($announcer.bfd.multiplier); };",
    "  multihop { interval \($interval); multiplier \($announcer.bfd.multiplier); };",
    "}",
    "template bgp neighbour {",
    "  local \($m.address) as \($m.localAs);",
    "  hold time \($announcer.holdSeconds);",
    "  keepalive time \($announcer.keepaliveSeconds);",
    "  # A machine that is back is of use soon; RFC 4271, 10, proposes 120 s for machines that are many.",
    "  connect retry time 2;",
    "  connect delay time 1;",
    "  error wait time 1, 5;",
    "  error forget time 10;",
    "  # What a dead machine announced must not outlive it.",
    "  graceful restart off;",
    "  long lived graceful restart off;",
    "  bfd on;",
    "  ipv4 {",
    "    import none;",
    "    export where net = \(.endpoint.address)/32;",
    "    next hop self;",
    "  };",
    "}",
    ($m.peers // [] | to_entries[] | .key as $n | .value
      | "protocol bgp neighbour_\($n + 1) from neighbour {",
        "  neighbor \(.address) as \(.as);",
        (if .multihop then "  multihop;" else "  direct;" end),
        (if (.password // "") == "" then empty else "  password \"\(.password)\";" end),
        "}")
  ]
| join("\n")
