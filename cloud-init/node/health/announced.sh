# shellcheck shell=bash
# Whether this machine really holds its part of the endpoint. Sourced after common.sh and role.sh.

# shellcheck source=../grant/lib/kube-vip-process.sh
. "$BUNDLE/grant/lib/kube-vip-process.sh"
# shellcheck source=../grant/lib/bird.sh
. "$BUNDLE/grant/lib/bird.sh"

# BGP peers that were silent before a grant changed anything: an edit does not have to mend them.
SILENT_PEERS=$RUNDIR/silent-peers
# The sessions that stood when the grant came, after the time of that look.
STANDING=$RUNDIR/standing-sessions

# healthy_announced: this machine's announcer says that it announces the VIP, and what it announces with works: kube-vip
# puts the VIP on `lo` at once, whatever its neighbours say, so the machine would answer itself.
healthy_announced() {
  local word='' rest=''
  [ ! -e "$RUNDIR/announcing" ] || read -r word rest <"$RUNDIR/announcing" || true
  [ "$word" = yes ] || {
    if newcomer; then
      printf "the machine that holds it has not been told of this one yet\tit takes part once the others' turns have come: run 'pulumi up' until it ends well\n"
      return 1
    fi
    echo "${word:-the announcer has not spoken yet} ${rest}"
    return 1
  }
  case $(node .announcer.kind) in
  kube-vip-bgp)
    if speaks_by_bird; then
      bird_runs && sessions_stand && bird_announces
    else
      kube_vip_runs && sessions_stand
    fi
    ;;
  kube-vip-arp) kube_vip_runs ;;
  esac
}

kube_vip_runs() {
  [ -n "$(kube_vip_pids "$(node .endpoint.address)")" ] || {
    echo "kube-vip does not run here; see 'journalctl -u kubelet' and 'ctr -n k8s.io containers list'"
    return 1
  }
}

bird_runs() {
  systemctl is-active --quiet rackplane-bird.service || {
    echo "BIRD does not run here; see 'journalctl -u rackplane-bird'"
    return 1
  }
}

# speaks: the program runs that has the BGP sessions.
speaks() { if speaks_by_bird; then bird_runs >/dev/null; else [ -n "$(kube_vip_pids "$(node .endpoint.address)")" ]; fi; }

# says_yes: this machine's announcer says that it announces.
says_yes() { grep -qs '^yes ' "$RUNDIR/announcing"; }

peers() { machine '.peers[]?.address' 2>/dev/null || true; }

# sessions: address of every BGP peer whose session stands, and what tells this one from another one with it (the local
# port, or since when), one a line.
sessions() {
  local peer
  if speaks_by_bird; then
    bird_sessions
    return
  fi
  for peer in $(peers); do
    ss -Htn state established dst "$peer" '( dport = :179 or sport = :179 )' | awk -v peer="$peer" '{ print peer, $3; exit }'
  done
}

note_peers() {
  [ "$(node .announcer.kind)" = kube-vip-bgp ] || return 0
  local peer standing
  standing=$(sessions)
  for peer in $(peers); do
    grep -q "^$peer " <<<"$standing" || printf '%s\n' "$peer"
  done | place "$SILENT_PEERS" 600
  tell_uptime
  printf '%s\n' "$UPTIME" "$standing" | place "$STANDING" 600
}

# sessions_stand: with every peer but those that were silent before; for a machine that is new, with one of them. A
# peer that refuses this machine ends the connection at once, so the same one has to be there a second later. Those that
# were there when the grant came, and still are, have stood that long.
sessions_stand() {
  local noted before standing silent
  tell_uptime
  if read -r noted 2>/dev/null <"$STANDING" && [ $((UPTIME - noted)) -ge 1000000 ] &&
    [ -z "$(unsteady "$(tail -n +2 "$STANDING")" "$(sessions)")" ]; then return 0; fi
  before=$(sessions)
  pause 1
  standing=$(sessions)
  silent=$(unsteady "$before" "$standing")
  [ -n "$silent" ] || return 0
  # A site may be built while one of its switches is away.
  if [ ! -e "$SILENT_PEERS" ] && [ -n "$standing" ]; then return 0; fi
  echo "no BGP session with $silent$(reasons "$silent"); compare AS, address and password with the switches'"
  return 1
}

# reasons PEERS: what BIRD knows of the first one.
reasons() {
  local words
  speaks_by_bird || return 0
  words=$(bird_says "${1%% *}")
  [ -z "$words" ] || echo " (${1%% *}: $words)"
}

# unsteady BEFORE NOW: the peers whose session is not the same in both, those apart that were silent before.
unsteady() {
  local peer silent=()
  for peer in $(peers); do
    steady "$peer" "$1" "$2" || grep -qxF "$peer" "$SILENT_PEERS" 2>/dev/null || silent+=("$peer")
  done
  echo "${silent[*]}"
}

# steady PEER BEFORE NOW: the session with that peer is the same in both.
steady() { grep -qxF "$(grep "^$1 " <<<"$2" || echo none)" <<<"$3"; }
