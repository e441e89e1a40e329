#!/usr/bin/env bash
# check-endpoint [SECONDS]     somebody else's endpoint: leads to every API server, and leaves a silent watch alone
# Runs on a control-plane machine, since it asks with the API server's own certificate. Tells every finding, one a
# line, and then fails.
set -euo pipefail
# shellcheck source=../lib/common.sh
. "$RACKPLANE_BUNDLE/lib/common.sh"

seconds=${1:-65}
[[ $seconds =~ ^[0-9]+$ ]] || { echo "usage: rackplane check-endpoint [SECONDS]" >&2; exit 64; }
read -r address port api_port < <(jq -r '.endpoint | "\(.address) \(.port) \(.apiServerPort // .port)"' "$NODE_JSON")
mapfile -t servers < <(jq -r '.[].address' "$ROSTER_JSON")
[ -e "$PKI/apiserver-kubelet-client.key" ] ||
  die machine "$PKI/apiserver-kubelet-client.key is missing: this machine is no member of the cluster; expected one; run check-endpoint on one that is"
# The resolver puts the nearest address first, so that a client would for ever ask that one alone.
mapfile -t doors < <(getent ahostsv4 "$address" | awk '{ print $1 }' | sort -u)
[ ${#doors[@]} -gt 0 ] ||
  die name "endpoint $address:$port: found no IPv4 address of that name, expected one or more; correct the name in DNS, or endpoint.address in the program"

findings=0
# finding CHECK FOUND EXPECTED TODO
finding() {
  findings=$((findings + 1))
  say "$1" failed "endpoint $address:$port: found $2, expected $3; $4"
}

# served_by HOST PORT: which API server answers, known by its certificate. A connection that ends half-way is no answer.
served_by() {
  local name=()
  [[ $address =~ ^[0-9.]+$ ]] || name=(-servername "$address")
  timeout 5 openssl s_client -connect "$1:$2" "${name[@]}" -CAfile "$PKI/ca.crt" -verify_return_error </dev/null 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null
}

# A watch in which nothing happens: closed early by whoever thinks that silence is an end. It comes first: meanwhile
# a balancer notices the machine that joined a moment ago.
say watches start "a watch that is silent for $seconds s, at $address:$port"
began=$SECONDS status=0
words=$(curl -sS -f -o /dev/null --noproxy '*' --connect-timeout 5 -m $((seconds + 30)) --cacert "$PKI/ca.crt" \
  --cert "$PKI/apiserver-kubelet-client.crt" --key "$PKI/apiserver-kubelet-client.key" \
  "https://$address:$port/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Drackplane-nobody&timeoutSeconds=$seconds" 2>&1) || status=$?
lasted=$((SECONDS - began))
if [ "$status" != 0 ] || [ "$lasted" -lt $((seconds - 1)) ]; then
  finding watches "a silent watch that ended after $lasted s${words:+ ($words)}" "it to last for its $seconds s" \
    "raise the balancer's idle timeout to an hour or more, with TCP keep-alives; a watch that never began has its reason in brackets"
fi

say servers start "which of the ${#servers[@]} API servers $address:$port leads to"
declare -A seen=() print_of=()
for server in "${servers[@]}"; do
  print_of[$server]=$(served_by "$server" "$api_port") ||
    finding servers "no API server of this cluster at $server:$api_port itself" "one on each control-plane machine" "see 'rackplane status' there"
done
# Ten tries a server: of three, one that is in turn stays unseen once in two hundred thousand times.
tries=$((10 * ${#servers[@]})) failed=0
for ((i = 0; i < tries; i++)); do
  if print=$(served_by "${doors[i % ${#doors[@]}]}" "$port"); then seen[$print]=yes; else failed=$((failed + 1)); fi
done
[ "$failed" = 0 ] ||
  finding connect "$failed of $tries connections that failed or showed a certificate of another CA" "every one to reach an API server of this cluster" \
    "have the balancer ask each server's https://<server>:$api_port/readyz and pass TLS through unchanged"
for server in "${servers[@]}"; do
  print=${print_of[$server]}
  # One without an API server, and an endpoint that leads nowhere, have been told of.
  [ -z "$print" ] || [ -n "${seen[$print]:-}" ] || [ "$failed" = "$tries" ] ||
    finding servers "no connection that was led to $server" "each API server in turn" \
      "add $server:$api_port to the balancer; if it keeps a client with one server, let it choose anew for each connection"
done

[ "$findings" = 0 ] || exit 1
echo "$address:$port leads to all ${#servers[@]} API servers and left a silent watch alone for $lasted s"
