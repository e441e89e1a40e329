# shellcheck shell=bash
# What preflight reads and reports. Plain bash: a machine on which nothing was changed may have no jq.
# ASKED: the request, one `name=value` a line on standard input; FOUND: the findings as JSON.
# The person who waits reads standard error, so findings are told there too, in words.

declare -A ASKED=()
FOUND=()

read_request() {
  local line
  while IFS= read -r line; do
    [[ $line != *=* ]] || ASKED[${line%%=*}]=${line#*=}
  done
  for line in name address role cluster epoch; do
    [ -n "${ASKED[$line]:-}" ] || {
      echo "rackplane: the request lacks '$line='; expected the lines that preflightRequest (cloud-init/preflight.ts) writes" >&2
      exit 64
    }
  done
}

# finding CHECK FOUND EXPECTED TODO
finding() {
  printf '%s: preflight %s: found %s, expected %s; %s\n' "${ASKED[name]}" "${@//[[:cntrl:]]/ }" >&2
  FOUND+=("{\"check\": $(json "$1"), \"found\": $(json "$2"), \"expected\": $(json "$3"), \"todo\": $(json "$4")}")
}

# json TEXT: as a JSON string; control characters become spaces.
json() {
  local text=${1//[[:cntrl:]]/ }
  text=${text//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

# ours: this machine belongs to this very cluster already, perhaps half prepared. What its own services hold is no
# finding.
ours() {
  local node=${ROOT:-}/etc/rackplane/node.json
  [ -e "$node" ] && [[ $(tr -d ' \t\n' <"$node") == *'"cluster":{"name":"'"${ASKED[cluster]}"'"'* ]]
}

report() {
  local list
  list=$(
    IFS=,
    printf '%s' "${FOUND[*]}"
  )
  printf '{"machine": %s, "epoch": %s, "hostname": %s, "machineId": %s, "productUuid": %s, "findings": [%s]}\n' \
    "$(json "${ASKED[name]}")" "$(json "$(date +%s)")" "$(json "$(uname -n)")" \
    "$(json "$(cat "${ROOT:-}/etc/machine-id" 2>/dev/null)")" \
    "$(json "$(cat "${ROOT:-}/sys/class/dmi/id/product_uuid" 2>/dev/null)")" "$list"
  [ ${#FOUND[@]} = 0 ] || [ "${ASKED[fail]:-yes}" = no ]
}
