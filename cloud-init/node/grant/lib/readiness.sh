# shellcheck shell=bash
# The API servers to which nginx may send clients. HAProxy checks them itself. nginx does not, and would lead clients to
# an API server that is starting: it accepts some ten seconds before it can serve, and has the fewest connections.
# Sourced by announcers/keepalived.sh, after lib/balancing.sh.
# shellcheck disable=SC2154,SC2034

MOST_BAD_ANSWERS=3
# A server that flaps is taken back later each time, after at most MOST_GOOD_ANSWERS in a row; after FORGIVEN good
# answers it counts as steady again. Each change is a reload, whose old workers serve their watches to the end.
MOST_GOOD_ANSWERS=64
FORGIVEN=600
CONNECTION_REFUSED=7 # curl's own number

# By address and port. wanted: good answers that a server needs before it is taken back.
servers=()
declare -A bad=() good_ones=() refused=() out=() wanted=()

# know_servers: called whenever the roster changes. A server that was left out when this program started stays so.
know_servers() {
  local port server
  [ -e "$UNREADY" ] || place "$UNREADY" 600 <<<'[]'
  port=$(node '.endpoint | .apiServerPort // .port')
  mapfile -t servers < <(jq -r --arg port "$port" '.[] | "\(.address):\($port)"' "$ROSTER_JSON")
  for server in "${servers[@]}"; do
    [ -n "${out[$server]+known}" ] || out[$server]=$(jq -r --arg address "${server%:*}" 'if index($address) then "yes" else "" end' "$UNREADY")
  done
}

# leave_out_the_unready: as with HAProxy's checks, three bad answers in a row take a server out and a good one takes it
# back. One bad answer after a refused connection also takes it out: a server that refused and now accepts is starting.
# When no server is ready, all stay in: the fault is then not one machine's, and the API servers tell clients so
# themselves.
leave_out_the_unready() {
  local url status ended server list=() requests=() changed=0
  [ ${#servers[@]} -gt 0 ] || return 0
  for server in "${servers[@]}"; do requests+=(-o /dev/null "https://$server/readyz"); done
  # Short timeouts: this machine's own probe comes next, and a machine that is off may stay silent for days.
  while read -r url status ended; do
    server=${url#https://} server=${server%%/*}
    if [ "$status" = 200 ]; then answered_well; else answered_badly; fi
  done < <(curl -sk --parallel --parallel-immediate --noproxy '*' --connect-timeout 0.3 -m 0.7 -w '%{url} %{http_code} %{exitcode}\n' "${requests[@]}")
  for server in "${servers[@]}"; do [ -z "${out[$server]:-}" ] || list+=("\"${server%:*}\""); done
  [ ${#list[@]} -lt ${#servers[@]} ] || list=()
  (
    IFS=,
    printf '[%s]\n' "${list[*]}"
  ) | replace "$UNREADY" 600 || changed=$?
  [ "$changed" != 1 ] || return 0
  say announce wait "nginx leaves out: ${list[*]:-nobody}"
  # If writing fails now, follow_configuration tries again: to it the inputs look changed.
  configure || inputs=
}

answered_well() {
  bad[$server]=0 refused[$server]=
  good_ones[$server]=$((${good_ones[$server]:-0} + 1))
  [ "${good_ones[$server]}" -lt "${wanted[$server]:-1}" ] || out[$server]=
  [ "${good_ones[$server]}" -lt "$FORGIVEN" ] || wanted[$server]=
}

answered_badly() {
  good_ones[$server]=0
  bad[$server]=$((${bad[$server]:-0} + 1))
  if [ "$ended" = "$CONNECTION_REFUSED" ]; then
    refused[$server]=yes
  elif [ "$status" != 000 ] && [ -n "${refused[$server]:-}" ]; then
    bad[$server]=$MOST_BAD_ANSWERS
  fi
  [ "${bad[$server]}" -ge "$MOST_BAD_ANSWERS" ] && [ -z "${out[$server]:-}" ] || return 0
  out[$server]=yes
  wanted[$server]=$((${wanted[$server]:-0} * 2))
  if [ "${wanted[$server]}" = 0 ]; then wanted[$server]=1; fi
  if [ "${wanted[$server]}" -gt "$MOST_GOOD_ANSWERS" ]; then wanted[$server]=$MOST_GOOD_ANSWERS; fi
}
