# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and WORK are those of the verb that asks
# Sourced after lib/etcd.sh.

# IDs of etcd members that were unhealthy before this verb changed anything. They are on other machines: waiting for
# them would keep this machine from becoming healthy.
EXCUSED=

# healthy_etcd: every member is healthy, except the excused. Leaves the members in $WORK/members and how many of them
# are healthy in $WORK/healthy.
healthy_etcd() {
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

told_etcd() { echo "etcd $(cat "$WORK/healthy") healthy"; }

# ill_among MEMBERS: IDs and names of those that are learners or not healthy.
ill_among() {
  local id name address role
  while IFS=$'\t' read -r id name address role; do
    if [ "$role" = learner ] || ! etcd_healthy "$address" 2>/dev/null; then printf '%s %s at %s\n' "$id" "$name" "$address"; fi
  done <<<"$1"
}

# excuse_the_ill MEMBERS: remembers which other members are unhealthy now.
excuse_the_ill() {
  local id name
  while read -r id name; do
    [ -z "$id" ] || [[ $name == "$NAME "* ]] || EXCUSED+=" $id"
  done < <(ill_among "$1")
}
