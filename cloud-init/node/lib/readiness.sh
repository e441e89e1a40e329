# shellcheck shell=bash
# Which API servers may be sent clients. HAProxy asks them itself; nginx asks nobody, and would lead clients to
# an API server that starts: it accepts some ten seconds before it can serve, and has the fewest connections.
# Sourced by announcers/keepalived.sh, after lib/balancing.sh.
# shellcheck disable=SC2154

MOST_BAD_ANSWERS=3
servers=()
declare -A bad=() refused=()

# know_servers: anew whenever the roster changes.
know_servers() {
  local port
  [ -e "$UNREADY" ] || place "$UNREADY" 600 <<<'[]'
  port=$(node '.endpoint | .apiServerPort // .port')
  mapfile -t servers < <(jq -r --arg port "$port" '.[] | "\(.address):\($port)"' "$ROSTER_JSON")
}

# leave_out_the_unready: as HAProxy's checks do, three bad answers in a row take one out and one good answer takes
# it back; so does one bad answer after a refusal, since who refused and now accepts is starting. When nobody is
# ready all stay in: the fault is then not one machine's, and clients are told so by the API servers themselves.
leave_out_the_unready() {
  local url status server out=() requests=()
  [ ${#servers[@]} -gt 0 ] || return 0
  for server in "${servers[@]}"; do requests+=(-o /dev/null "https://$server/readyz"); done
  while read -r url status; do
    server=${url#https://} server=${server%%/*}
    case $status in
      200) bad[$server]=0 refused[$server]='' ;;
      000) bad[$server]=$((${bad[$server]:-0} + 1)) refused[$server]=yes ;;
      *) if [ -n "${refused[$server]:-}" ]; then bad[$server]=$MOST_BAD_ANSWERS; else bad[$server]=$((${bad[$server]:-0} + 1)); fi ;;
    esac
  done < <(curl -sk --parallel --parallel-immediate --noproxy '*' -m 1 -w '%{url} %{http_code}\n' "${requests[@]}")
  for server in "${servers[@]}"; do
    [ "${bad[$server]:-0}" -lt "$MOST_BAD_ANSWERS" ] || out+=("\"${server%:*}\"")
  done
  [ ${#out[@]} -lt ${#servers[@]} ] || out=()
  if (IFS=,; printf '[%s]\n' "${out[*]}") | replace "$UNREADY" 600; then
    say announce wait "nginx leaves out: $(cat "$UNREADY")"
    configure || true
  fi
}
