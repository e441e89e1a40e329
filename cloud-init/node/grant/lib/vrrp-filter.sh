# shellcheck shell=bash
# VRRP version 3 has no password. On a machine of its election, only the other machines' addresses may send VRRP; version 2
# has its password, and no filter.
# Sourced by lib/balancing.sh.

# Gone with the next start of the machine, as the kernel's rules are.
FILTER=$RUNDIR/vrrp.nft
# `none` is to be, or `yes`, there is that of the configuration that is on disk; `configure` empties it.
FILTERED=

# follow_filter: the filter is the roster's, and is there, whatever has flushed the rules meanwhile. Called before
# keepalived hears of a new machine: what a machine does not let in, it takes for silence, and holds the VIP too.
follow_filter() {
  local text words
  case $FILTERED in
  none) return 0 ;;
  yes) ! nft list table inet rackplane_vrrp >/dev/null 2>&1 || return 0 ;;
  esac
  is '.announcer.vrrpVersion == 3' || {
    FILTERED=none
    return 0
  }
  text=$(render_filter) || return 1
  words=$(nft -f - <<<"$text" 2>&1) || {
    say announce wait "nftables does not take the filter of VRRP, and keepalived is not told anything new without it: ${words:-no reason given}; tried again in a few seconds"
    return 1
  }
  place "$FILTER" 644 <<<"$text" && FILTERED=yes
}

render_filter() {
  jq -r --slurpfile machine "$MACHINE_JSON" --slurpfile roster "$ROSTER_JSON" --argjson earlier "$(earlier_electors)" \
    -f "$BUNDLE/grant/jq/vrrp-filter.jq" "$NODE_JSON"
}
