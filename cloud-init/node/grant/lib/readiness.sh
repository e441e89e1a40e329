# shellcheck shell=bash
# Which API servers may be sent clients. HAProxy asks them itself; nginx asks nobody, and would lead clients to
# an API server that starts: it accepts some ten seconds before it can serve, and has the fewest connections.
# Sourced by announcers/keepalived.sh, after lib/balancing.sh.
# shellcheck disable=SC2154,SC2034

MOST_BAD_ANSWERS=3
# A server that comes and goes is taken back later each time, up to so many good answers in a row, and all is
# forgotten after so many: each change is a reload, whose old workers serve their watches to the end.
MOST_GOOD_ANSWERS=64
FORGIVEN=600
CONNECTION_REFUSED=7 # curl's own number

# By address and port. wanted: good answers before it is taken back.
servers=()
declare -A bad=() good_ones=() refused=() out=() wanted=()

# know_servers: anew whenever the roster changes. Who was left out when this program began is so still.
know_servers() {
  local port server
  [ -e "$UNREADY" ] || place "$UNREADY" 600 <<<'[]'
  port=$(node '.endpoint | .apiServerPort // .port')
  mapfile -t servers < <(jq -r --arg port "$port" '.[] | "\(.address):\($port)"' "$ROSTER_JSON")
  for server in "${servers[@]}"; do
    [ -n "${out[$server]+known}" ] || out[$server]=$(jq -r --arg address "${server%:*}" 'if index($address) then "yes" else "" end' "$UNREADY")
  done
}

# leave_out_the_unready: as HAProxy's checks do, three bad answers in a row take one out and a good one takes it back;
# so does one bad answer after a refusal, since who refused and now accepts is starting. When nobody is ready all stay
# in: the fault is then not one machine's, and clients are told so by the API servers themselves.
leave_out_the_unready() {
  local url status ended server list=() requests=() changed=0
  [ ${#servers[@]} -gt 0 ] || return 0
  for server in "${servers[@]}"; do requests+=(-o /dev/null "https://$server/readyz"); done
  # Short: the machine's own fitness is asked for next, and a machine that is off says nothing for days.
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
  # What could not be written now is written by the next look at what it is made from (follow_configuration).
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
