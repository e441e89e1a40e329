# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # API_PORT and OTHERS are the grant's (lib/grant.sh)
# While this machine's API server and etcd stop for a change, the endpoint's balancers lead no client here. By their own
# checks they would find out after three bad answers, and until then some clients would be led to a server that accepts
# them and cannot answer: kubeadm stops etcd first. A connection that is refused costs a client nothing, as a balancer then
# tries another server at once, and a check that is refused takes this one out (jq/haproxy.jq, jq/nginx.jq). So whatever
# begins to connect from the balancers' machines is refused. All others are served for as long as the server can, this
# machine's own programs (own-clients.sh) too.
# Sourced after lib/grant.sh; needs no more than that, for the verb `return-to-balancers`.

# Exists while there may be rules. Of this boot, as they are.
LEFT_BALANCERS=$RUNDIR/left-balancers
# The rules' comment, by which they are found.
LEFT_RULE=rackplane-change

# leave_balancers: where the rules cannot be made, the change goes on: clients may notice it, and nothing else is worse.
leave_balancers() {
  local addresses address words
  [ -n "$OTHERS" ] || return 0
  addresses=$(balancers_elsewhere)
  [ -n "$addresses" ] || return 0
  say change wait "balancers lead no client to this machine's API server while it is changed"
  ENDINGS+=(return_to_balancers)
  : >"$LEFT_BALANCERS"
  for address in $addresses; do
    refused_from "$address" -C 2>/dev/null || words=$(refused_from "$address" -I 2>&1) || {
      say change wait "connections from the balancer at $address could not be refused (iptables: ${words:-no reason given}): until it finds out by its own checks, some clients may be led here in vain"
      return 0
    }
  done
}

# balancers_elsewhere: addresses of the other machines whose balancers lead here. Those of an external endpoint, and
# workers' own ones, are not known here.
balancers_elsewhere() {
  case $(node .announcer.kind) in
  keepalived) printf '%s\n' "$OTHERS" ;;
  balancers) node '.announcer.machines[].address' ;;
  esac
}

refused_from() { filter "$2" INPUT -s "$1/32" -p tcp -m tcp --dport "$API_PORT" --syn -m comment --comment "$LEFT_RULE" -j REJECT --reject-with tcp-reset; }

# return_to_balancers: their next good check leads clients here again.
return_to_balancers() {
  local line words rules
  [ -e "$LEFT_BALANCERS" ] || return 0
  # Without the list nothing is known: the next verb, or this one's unit, tries again.
  rules=$(filter -S INPUT) || return 0
  while IFS= read -r line; do
    read -ra words <<<"${line//\"/}"
    filter -D "${words[@]:1}" || return 0
  done < <(grep -e "--comment \"\?$LEFT_RULE\"\? " <<<"$rules")
  rm -f "$LEFT_BALANCERS"
}

filter() { iptables -w 10 -t filter "$@"; }
