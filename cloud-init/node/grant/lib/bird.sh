# shellcheck shell=bash
# What BIRD on this machine is asked and told. Sourced after common.sh.

# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"

# speaks_by_bird: BIRD announces the VIP over BGP from this machine; else kube-vip does, where BGP announces it.
speaks_by_bird() { is '.role == "control-plane" and .announcer.speaker == "bird"'; }

BIRD_SOCKET=$ROOT/run/rackplane-bird/bird.ctl

# ask_bird WORD...: BIRD's answer; fails where it gives none within two seconds.
ask_bird() { timeout 2 birdc -s "$BIRD_SOCKET" "$@"; }

# bird_tells: its sessions of BFD, where it has that, and its protocols.
bird_tells() {
  ask_bird show bfd sessions 2>/dev/null || true
  ask_bird show protocols all 2>/dev/null || true
}

# bird_sessions: address of every BGP neighbour whose session stands, and since when, one a line. Where BFD is asked for, a
# session without it does not stand: a machine that is lost would be noticed only after the hold time.
bird_sessions() {
  local bfd
  bfd=$(node '.announcer.bfd != null | tostring')
  bird_tells | awk -v bfd="$bfd" '
    $1 ~ /^[0-9]+[.]/ && $3 == "Up" { alive[$1] }
    $2 == "BGP" { since = $5; stands = $6 == "Established" }
    $1 == "Neighbor" && $2 == "address:" {
      sub(/%.*/, "", $3)
      if (stands && (bfd != "true" || $3 in alive)) print $3, since
    }' || true
}

# bird_announces: the VIP is told in every session that stands.
bird_announces() {
  local silent
  silent=$(ask_bird show protocols all 2>/dev/null | awk '
    $2 == "BGP" { stands = $6 == "Established" }
    $1 == "Neighbor" && $2 == "address:" { peer = $3 }
    $1 == "Routes:" && stands && !/ 1 exported/ { print peer; stands = "" }' || true)
  [ -z "$silent" ] || {
    echo "BIRD does not tell ${silent//$'\n'/, } of $(node .endpoint.address); see 'birdc -s $BIRD_SOCKET show protocols all'"
    return 1
  }
}

# bird_says PEER: what BIRD knows of a session that does not stand.
bird_says() {
  bird_tells | awk -v peer="$1" '
    $1 == peer { bfd = $3 }
    $2 == "BGP" { state = $6; $1 = $2 = $3 = $4 = $5 = ""; sub(/^ +/, ""); info = $0 }
    $1 == "Neighbor" && $2 == "address:" {
      sub(/%.*/, "", $3)
      if ($3 != peer) next
      if (state == "Established")
        print "which stands without BFD (" (bfd == "" ? "none" : bfd) "), so that a machine that is lost is noticed after the hold time only: let the neighbour speak BFD, or set endpoint.bfd.enabled to false"
      else
        print "BIRD says: " info
    }' || true
}
