#!/usr/bin/env bash
# check-endpoint [SECONDS]     somebody else's endpoint: leads to every API server, and leaves a silent watch alone
# Runs on a control-plane machine, since it asks with the API server's own certificate. Prints JSON; fails when
# there is a finding.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/lib/common.sh"

seconds=${1:-65}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: rackplane check-endpoint [SECONDS]" >&2; exit 64; }
read -r address port api_port < <(jq -r '.endpoint | "\(.address) \(.port) \(.apiServerPort // .port)"' "$NODE_JSON")
mapfile -t servers < <(jq -r '.[].address' "$ROSTER_JSON")
[ -e "$PKI/apiserver-kubelet-client.key" ] ||
  { echo "rackplane: $PKI/apiserver-kubelet-client.key is missing: this machine is no member of the cluster; run check-endpoint on one that is" >&2; exit 1; }

findings='[]'
finding() {
  findings=$(jq -c --arg check "$1" --arg found "$2" --arg expected "$3" --arg todo "$4" '. + [{$check, $found, $expected, $todo}]' <<<"$findings")
}

# served_by HOST PORT: which API server answers, known by its certificate. A connection that ends half-way is no answer.
served_by() {
  timeout 5 openssl s_client -connect "$1:$2" -CAfile "$PKI/ca.crt" -verify_return_error </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null
}

declare -A seen=()
declare -A machine_of=()
for server in "${servers[@]}"; do
  if print=$(served_by "$server" "$api_port"); then machine_of[$print]=$server; fi
done
failed=0
# Ten tries a server: of three, one that is in turn stays unseen once in two hundred thousand times.
for ((i = 0; i < 10 * ${#servers[@]}; i++)); do
  if print=$(served_by "$address" "$port"); then seen[$print]=yes; else failed=$((failed + 1)); fi
done

[ "$failed" = 0 ] ||
  finding connect "$failed of $((10 * ${#servers[@]})) connections to $address:$port failed or showed a certificate of another CA" \
    "every one to reach an API server of this cluster" \
    "have the balancer ask each server's https://<server>:$api_port/readyz and pass TLS through unchanged"
for print in "${!machine_of[@]}"; do
  [ -n "${seen[$print]:-}" ] ||
    finding servers "no connection to $address:$port was led to ${machine_of[$print]}" "each API server in turn" \
      "add ${machine_of[$print]}:$api_port to the balancer; if it keeps a client with one server, this cannot be seen from here"
done

# A watch in which nothing happens: closed early by whoever thinks that silence is an end.
watched=$SECONDS status=0
curl -sS -f -o /dev/null --noproxy '*' --connect-timeout 5 -m $((seconds + 30)) --cacert "$PKI/ca.crt" \
  --cert "$PKI/apiserver-kubelet-client.crt" --key "$PKI/apiserver-kubelet-client.key" \
  "https://$address:$port/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Drackplane-nobody&timeoutSeconds=$seconds" 2>/dev/null || status=$?
watched=$((SECONDS - watched))
if [ "$status" != 0 ] || [ "$watched" -lt $((seconds - 2)) ]; then
  finding watches "a silent watch ended after $watched s (curl: $status)" "it to last for its $seconds s" \
    "raise the balancer's idle timeout: an hour or more, with TCP keep-alives"
fi

jq -n --arg endpoint "$address:$port" --argjson servers "${#servers[@]}" --argjson reached "${#seen[@]}" --argjson findings "$findings" \
  '{$endpoint, $servers, $reached, $findings}'
[ "$findings" = '[]' ]
