# node.json and $machine (machine.json) -> bird.conf: a session with each of this machine's BGP neighbours, which hear of the
# VIP while it lies on `lo` and of nothing else. --arg source: the address that sessions are made from.
def seconds: "\(. * 1000 | round) ms";
# BIRD's texts have no escapes (its user's guide, "Configuration", on strings).
def text(what): if test("[\"\\n]") then error("\(what) holds a quote or a line end, which BIRD cannot read; choose another one") else "\"\(.)\"" end;
$machine[0] as $m
| .announcer as $a
| "\(.endpoint.address)/32" as $vip
| (
    if $a.bfd == null then null
    else $a.bfd | "{ min rx interval \(.intervalSeconds | seconds); min tx interval \(.intervalSeconds | seconds); multiplier \(.multiplier); }"
    end
  ) as $timers
| [
    "# rackplane: written by the announcer from node.json and machine.json",
    "router id \($m.routerId);",
    "log stderr all;",
    "debug protocols { states };",
    # Without a blank, to the millisecond: a session is told from the one before it by its time (lib/bird.sh).
    "timeformat protocol \"%FT%T.%3f\";",
    "",
    "protocol device {",
    "}",
    "",
    # What the announcer puts on `lo` and takes away. There is no protocol `kernel`: no route of this machine's changes.
    "protocol direct vip {",
    "  ipv4 { import where net = \($vip); };",
    "  interface \"lo\";",
    "}"
  ] + (
    if $a.bfd == null then [] else [
      "",
      "protocol bfd {",
      "  multihop \($timers);",
      "  interface \"*\" \($timers);",
      "}"
    ] end
  ) + [
    "",
    "template bgp neighbour {",
    "  local \($source) as \($m.localAs);",
    # The port for sessions is open at that address alone.
    "  strict bind on;",
    "  hold time \($a.holdSeconds); keepalive time \($a.keepaliveSeconds);",
    # By default BIRD waits for 60 to 300 s after an error, and for 120 s between two tries.
    "  connect delay time 1; connect retry time 2; error wait time 1, 5; error forget time 10;",
    # A neighbour that kept the routes of a machine that is gone would lead clients nowhere.
    "  graceful restart off; long lived graceful restart off;",
    (if $a.bfd == null then empty else "  bfd on;" end),
    "  ipv4 { import none; export where proto = \"vip\"; next hop self; };",
    "}"
  ] + [
    $m.peers[]
    | "",
      # Named by the address, so that an edit of the list restarts no other session.
      "protocol bgp peer_\(.address | gsub("\\."; "_")) from neighbour {",
      "  neighbor \(.address) as \(.as);",
      (if .multihop then "  multihop;" else "  direct;" end),
      (if (.password // "") == "" then empty else "  password \(.address as $peer | .password | text("the MD5 password of the BGP neighbour \($peer)"));" end),
      "}"
  ]
| .[]
