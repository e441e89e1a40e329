#!/usr/bin/env bash
# check-endpoint [SECONDS]     somebody else's endpoint: leads to every API server, and leaves a silent watch alone
# Runs on a control-plane machine, since it asks as an administrator. Reports every finding, one a
# line, and then fails.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"

seconds=${1:-65}
[[ $seconds =~ ^[0-9]+$ ]] || {
  echo "usage: rackplane check-endpoint [SECONDS]" >&2
  exit 64
}
read -r address port api_port < <(jq -r '.endpoint | "\(.address) \(.port) \(.apiServerPort // .port)"' "$NODE_JSON")
mapfile -t servers < <(jq -r '.[].address' "$ROSTER_JSON")
# shellcheck source=../lib/administrator.sh
. "$BUNDLE/grant/lib/administrator.sh"
know_administrator "$ROOT/etc/kubernetes/admin.conf" ||
  die machine "/etc/kubernetes/admin.conf names no client: this machine is no member of the cluster; expected one; run check-endpoint on one that is"
# All addresses are tried in turn: the resolver puts the nearest first, so a client would always use that one alone.
mapfile -t doors < <(getent ahostsv4 "$address" | awk '{ print $1 }' | sort -u)
[ ${#doors[@]} -gt 0 ] ||
  die name "endpoint $address:$port: found no IPv4 address of that name, expected one or more; correct the name in DNS, or endpoint.address in the program"

# Kubelets and controllers keep connections open, so a new API server has far fewer than the others: this many may have
# to be held until the counts are even. kube-apiserver closes silent connections after 32 s (ReadHeaderTimeout), so a
# longer hold would not hold more.
MOST_HELD=${RACKPLANE_MOST_HELD:-300}
HELD_SECONDS=25
findings=0
# finding CHECK FOUND EXPECTED TODO
finding() {
  findings=$((findings + 1))
  say "$1" failed "endpoint $address:$port: found $2, expected $3; $4"
}

client=(openssl s_client -CAfile "$PKI/ca.crt" -verify_return_error)
[[ $address =~ ^[0-9.]+$ ]] || client+=(-servername "$address")

# served_by HOST PORT: which API server answers, known by its certificate. A connection that ends half-way is no answer.
served_by() { timeout 5 "${client[@]}" -connect "$1:$2" </dev/null 2>/dev/null | fingerprint; }
fingerprint() { openssl x509 -noout -fingerprint -sha256 2>/dev/null; }

# held_by HOST PORT: the same, with a connection that stays open for as long as this program runs.
held_by() {
  local shown until=$((SECONDS + 5))
  shown=$(mktemp "$work/shown.XXXXXX")
  # A client stuck in a TLS handshake does not notice that this program has ended: `timeout` ends the client.
  timeout 60 "${client[@]}" -connect "$1:$2" <"$work/hold" >"$shown" 2>/dev/null {hold}>&- &
  until fingerprint <"$shown"; do
    kill -0 $! 2>/dev/null && [ "$SECONDS" -lt "$until" ] || return 1
    pause 0.02
  done
}

unseen() {
  local server
  for server in "${servers[@]}"; do [ -z "${print_of[$server]}" ] || [ -n "${seen[${print_of[$server]}]:-}" ] || echo "$server"; done
}

# A watch in which nothing happens: a balancer that takes silence for an end closes it early. This check comes first:
# meanwhile a balancer notices a machine that joined a moment ago.
say watches start "a watch that is silent for $seconds s, at $address:$port"
began=$SECONDS status=0
words=$(curl -sS -f -o /dev/null --noproxy '*' --connect-timeout 5 -m $((seconds + 30)) --cacert "$PKI/ca.crt" \
  "${ADMINISTRATOR[@]}" \
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
# With ten tries a server, one of three servers in rotation stays unseen once in two hundred thousand runs.
tries=$((10 * ${#servers[@]})) failed=0 held=0
for ((i = 0; i < tries; i++)); do
  if print=$(served_by "${doors[i % ${#doors[@]}]}" "$port"); then seen[$print]=yes; else failed=$((failed + 1)); fi
done
# A balancer that picks the server with the fewest connections leads short connections, each of which ends before the
# next, to the same server again and again. Connections that stay open must reach all servers in the end.
if [ "$failed" != "$tries" ] && [ -n "$(unseen)" ]; then
  work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT
  # The FIFO is open for as long as this program lives: when the program ends, in whatever way, its readers end too.
  mkfifo "$work/hold" && exec {hold}<>"$work/hold"
  began=$SECONDS
  for ((i = 0; i < MOST_HELD && SECONDS - began < HELD_SECONDS; i++)); do
    [ -n "$(unseen)" ] || break
    held=$((held + 1))
    if print=$(held_by "${doors[i % ${#doors[@]}]}" "$port"); then seen[$print]=yes; fi
  done
fi
[ "$failed" = 0 ] ||
  finding connect "$failed of $tries connections that failed or showed a certificate of another CA" "every one to reach an API server of this cluster" \
    "have the balancer ask each server's https://<server>:$api_port/readyz and pass TLS through unchanged"
# When every connection failed, the finding above says so already.
[ "$failed" = "$tries" ] || for server in $(unseen); do
  finding servers "no connection of $((tries + held)) that was led to $server" "each API server in turn" \
    "add $server:$api_port to the balancer; if it keeps a client with one server, let it choose anew for each connection"
done

[ "$findings" = 0 ] || exit 1
echo "$address:$port leads to all ${#servers[@]} API servers and left a silent watch alone for $lasted s"
