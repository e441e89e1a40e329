# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and ADDRESS are the grant's (lib/grant.sh)
# What makes this machine a healthy member: an ordered list of named conditions, each told as it comes true.

# IDs of etcd members that were already ill before this verb changed anything: they are another
# machine's business, and waiting for them would keep this machine from being made well.
EXCUSED=

await_health() {
  condition "etcd: every member voting and healthy" etcd_settled
  say health "done" "etcd $(etcd_count) healthy"
  condition "the API server at https://$ADDRESS:$API_PORT to be ready" api_ready "$ADDRESS"
  ! announces || condition "this machine's announcer to announce $VIP" announcing
  condition "the endpoint https://$VIP:$PORT to answer with this cluster's certificate" api_ready "$VIP"
  await_isolation
  say health "done" "API server ready, $VIP $(if announces; then echo announced; else echo answers; fi)"
}

condition() { await health "$DEADLINE" "$@"; }

# ill_among MEMBERS: IDs and names of those that are learners or not healthy.
ill_among() {
  local id name address role
  while IFS=$'\t' read -r id name address role; do
    if [ "$role" = learner ] || ! etcd_healthy "$address" 2>/dev/null; then printf '%s %s at %s\n' "$id" "$name" "$address"; fi
  done <<<"$1"
}

# excuse_the_ill: remembers which other members are ill now.
excuse_the_ill() {
  local id name
  while read -r id name; do
    [ -z "$id" ] || [[ $name == "$NAME "* ]] || EXCUSED+=" $id"
  done < <(ill_among "$MEMBERS")
}

# etcd_settled: nobody is ill but the excused.
etcd_settled() {
  local members ill id name
  know_members || return 1
  mapfile -t members <"$WORK/members"
  mapfile -t ill < <(ill_among "$(<"$WORK/members")")
  echo "$((${#members[@]} - ${#ill[@]})) of ${#members[@]}" >"$WORK/healthy"
  while read -r id name; do
    [ -z "$id" ] || [[ " $EXCUSED " == *" $id "* ]] || {
      echo "not healthy: $name"
      return 1
    }
  done < <(printf '%s\n' "${ill[@]}")
}

# etcd_count: "2 of 3", as etcd_settled has found it, told to people.
etcd_count() { cat "$WORK/healthy"; }
