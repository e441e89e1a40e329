# shellcheck shell=bash
# shellcheck disable=SC2034  # the conditions of health read these
# What a verb that only asks knows without a grant, and the conditions of health. Sourced after common.sh.

# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../../boot/lib/peer-routes.sh
. "$BUNDLE/boot/lib/peer-routes.sh"
# shellcheck source=grant.sh
. "$BUNDLE/grant/lib/grant.sh"
# shellcheck source=etcd.sh
. "$BUNDLE/grant/lib/etcd.sh"
# shellcheck source=cluster.sh
. "$BUNDLE/grant/lib/cluster.sh"
# shellcheck source=../membership/records.sh
. "$BUNDLE/grant/membership/records.sh"
# shellcheck source=balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=local-balancer.sh
. "$BUNDLE/grant/lib/local-balancer.sh"
# shellcheck source=/dev/null  # ../../health/health.sh, checked by itself: together they take shellcheck minutes
. "$BUNDLE/health/health.sh"

# There is no roster: this machine's own etcd says where the other members are.
OTHERS=
NAME=$(uname -n)
NAME=${NAME%%.*}
ADDRESS=
[ ! -s "$MACHINE_JSON" ] || ADDRESS=$(machine .address)
VIP='' PORT='' API_PORT=''
[ ! -s "$NODE_JSON" ] || read -r VIP PORT API_PORT < <(node '.endpoint | "\(.address) \(.port) \(.apiServerPort // .port)"') || true
mkdir -p "$RUNDIR"
WORK=$(mktemp -d "$RUNDIR/$VERB.XXXXXX")
trap 'rm -rf "$WORK"' EXIT

# yes COMMAND...: true or false, for JSON.
yes() { if "$@" >/dev/null 2>&1; then echo true; else echo false; fi; }
