# shellcheck shell=bash
# What makes a machine healthy: an ordered list of named conditions (conditions.json), each a function in the file of
# its name beside this one. The verbs that make members, `status` and every later check share this list.
# Sourced after role.sh, lib/etcd.sh, lib/cluster.sh, lib/balancing.sh and membership/records.sh.

CONDITIONS=$BUNDLE/health/conditions.json
# shellcheck source=prepared.sh
. "$BUNDLE/health/prepared.sh"
# shellcheck source=etcd.sh
. "$BUNDLE/health/etcd.sh"
# shellcheck source=api-server.sh
. "$BUNDLE/health/api-server.sh"
# shellcheck source=announced.sh
. "$BUNDLE/health/announced.sh"
# shellcheck source=one-holder.sh
. "$BUNDLE/health/one-holder.sh"
# shellcheck source=balancer.sh
. "$BUNDLE/health/balancer.sh"
# shellcheck source=endpoint.sh
. "$BUNDLE/health/endpoint.sh"
# shellcheck source=node.sh
. "$BUNDLE/health/node.sh"
# shellcheck source=certificates.sh
. "$BUNDLE/health/certificates.sh"
# shellcheck source=isolation.sh
. "$BUNDLE/health/isolation.sh"

# applying: the names of the conditions that apply to this machine, in order.
applying() {
  local name filter
  while IFS=$'\t' read -r name filter; do
    ! is "$filter" || echo "$name"
  done < <(jq -r '.[] | [.name, .applies] | @tsv' "$CONDITIONS")
}

# condition NAME FIELD: that field of the condition, with this machine's addresses; nothing where the list has none.
condition() {
  local text
  text=$(jq -r --arg name "$1" --arg field "$2" '.[] | select(.name == $name) | .[$field] // empty' "$CONDITIONS")
  text=${text//\{address\}/$ADDRESS} text=${text//\{apiPort\}/$API_PORT}
  text=${text//\{vip\}/$VIP} text=${text//\{port\}/$PORT}
  printf '%s\n' "$text"
}

# healthy NAME: whether the condition holds; when not, why.
healthy() { "healthy_${1//-/_}"; }

await_condition() { await health "$DEADLINE" "$(condition "$1" asks)" healthy "$1"; }

# await_health [NAME...]: waits for each condition that applies, in order. One with onlyAfterJoin is only reported when the
# machine was a member before: waiting changes nothing, and must not hold up other settings or another machine's join.
# One with onlyWarns is reported always. NAME: a condition that is left to a later verb.
await_health() {
  local name names words left=" $* "
  names=$(applying)
  # One always applies; an empty list would make every machine healthy.
  [ -n "$names" ] || die health "$CONDITIONS gives no condition for this machine; expected 'prepared' at least; run 'pulumi up' again"
  for name in $names; do
    [[ $left != *" $name "* ]] || continue
    if only_reported "$name"; then
      words=$(healthy "$name" 2>&1) || {
        say "$name" wait "expected $(condition "$name" asks); $words; $(condition "$name" todo)"
        continue
      }
    else
      await_condition "$name"
    fi
    ! declare -F "told_$name" >/dev/null || say health "done" "$("told_$name")"
  done
}

only_reported() {
  [ -n "$(condition "$1" onlyWarns)" ] || { [ -n "${MEMBER_BEFORE:-}" ] && [ -n "$(condition "$1" onlyAfterJoin)" ]; }
}

# health_report: every condition that applies, each asked once: [{name, ok, asks, found, todo}].
health_report() {
  local name words ok
  for name in $(applying); do
    if words=$(healthy "$name" 2>&1); then ok=true words=''; else ok=false; fi
    jq -n --arg name "$name" --argjson ok "$ok" --arg asks "$(condition "$name" asks)" --arg found "$words" \
      --arg todo "$(condition "$name" todo)" '{$name, $ok, $asks} + if $ok then {} else {$found, $todo} end'
  done | jq -s .
}
