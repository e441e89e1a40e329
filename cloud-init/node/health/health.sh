# shellcheck shell=bash
# What makes a machine healthy: an ordered list of named conditions (conditions.json), each a function in the file of
# its name beside this one. The verbs that make members, `status` and every later check share this list.
# Sourced after role.sh, lib/etcd.sh, lib/cluster.sh, lib/balancing.sh and membership/records.sh.

CONDITIONS=$BUNDLE/health/conditions.json
for condition_file in "$BUNDLE"/health/*.sh; do
  # shellcheck source=/dev/null  # each is checked by itself
  [ "$condition_file" = "$BUNDLE/health/health.sh" ] || . "$condition_file"
done

# The conditions that apply to this machine, in order, and by NAME.FIELD what the list says of each.
APPLYING=()
declare -A SAID_OF=()

# know_conditions: reads the list once, since starting jq takes most of the time. A filter that fails is false.
know_conditions() {
  local filters name field text
  [ ${#APPLYING[@]} -eq 0 ] || return 0
  filters=$(jq -r 'map("{name: \(.name | tojson), applies: (try (\(.applies)) catch false)}") | join(", ")' "$CONDITIONS")
  mapfile -t APPLYING < <(jq -r '.role //= "control-plane" | '"$filters"' | select(.applies) | .name' "$NODE_JSON" 2>/dev/null)
  while IFS=$'\t' read -r name field text; do
    text=${text//\{address\}/$ADDRESS} text=${text//\{apiPort\}/$API_PORT}
    SAID_OF[$name.$field]=${text//\{vip\}/$VIP}
    SAID_OF[$name.$field]=${SAID_OF[$name.$field]//\{port\}/$PORT}
  done < <(jq -r '.[] | .name as $name | to_entries[] | "\($name)\t\(.key)\t\(.value)"' "$CONDITIONS")
}

# condition NAME FIELD: that field of the condition, with this machine's addresses; nothing where the list has none.
condition() { printf '%s\n' "${SAID_OF[$1.$2]:-}"; }

# healthy NAME: whether the condition holds; when not, why.
healthy() { "healthy_${1//-/_}"; }

await_condition() {
  know_conditions
  await health "$DEADLINE" "$(condition "$1" asks)" healthy "$1"
}

# await_health [NAME...]: waits for each condition that applies, in order. One with onlyAfterJoin is only reported when the
# machine was a member before: waiting changes nothing, and must not hold up other settings or another machine's join.
# One with onlyWarns is reported always, one with onlyExamined never. NAME: a condition that is left to a later verb.
await_health() {
  local name words todo left=" $* "
  know_conditions
  # One always applies; an empty list would make every machine healthy.
  [ ${#APPLYING[@]} -gt 0 ] || die health "$CONDITIONS gives no condition for this machine; expected 'prepared' at least; run 'pulumi up' again"
  for name in "${APPLYING[@]}"; do
    if [[ $left == *" $name "* ]] || [ -n "$(condition "$name" onlyExamined)" ]; then continue; fi
    if only_reported "$name"; then
      words=$(healthy "$name" 2>&1) || {
        todo=$(condition "$name" todo)
        [[ $words != *$'\t'* ]] || todo=${words#*$'\t'}
        say "$name" wait "expected $(condition "$name" asks); ${words%%$'\t'*}; $todo"
        continue
      }
    else
      await_condition "$name"
    fi
    ! declare -F "told_$name" >/dev/null || say health "done" "$("told_$name")"
  done
}

# One that only another machine can meet is excused (membership/ended.sh), as are those that tell a newcomer of the VIP's.
only_reported() {
  { [ "$1" = announced ] && newcomer; } || [ -n "$(condition "$1" onlyWarns)" ] || { declare -F excused >/dev/null && excused "$1"; } || { [ -n "${MEMBER_BEFORE:-}" ] && [ -n "$(condition "$1" onlyAfterJoin)" ]; }
}

# health_report [examined]: every condition that applies, each asked once: [{name, ok, asks, found, todo}]; those with
# onlyExamined on demand, since they take their time. A condition that knows better what to do than the list says so
# behind a tab.
health_report() {
  local name words ok todo list=()
  know_conditions
  for name in "${APPLYING[@]}"; do
    [ "${1:-}" = examined ] || [ -z "${SAID_OF[$name.onlyExamined]:-}" ] || continue
    if words=$(healthy "$name" 2>&1); then ok=yes words=''; else ok=''; fi
    todo=${SAID_OF[$name.todo]:-}
    [[ $words != *$'\t'* ]] || todo=${words#*$'\t'}
    list+=("$name" "$ok" "${SAID_OF[$name.asks]:-}" "${words%%$'\t'*}" "$todo")
  done
  # Once, since starting jq takes most of the time.
  jq -n '[$ARGS.positional | range(0; length; 5) as $i | .[$i:] | {name: .[0], ok: (.[1] == "yes"), asks: .[2]}
    + if .[1] == "yes" then {} else {found: .[3], todo: .[4]} end]' --args -- "${list[@]}"
}
