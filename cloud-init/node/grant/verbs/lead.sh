#!/usr/bin/env bash
# lead [start|stop]            leads this worker's packets to the endpoint to its own balancer, as node.json says
# start, stop: the balancer's service has started or ended. Without a word: balancer and packets follow node.json.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../../boot/lib/role.sh
. "$BUNDLE/boot/lib/role.sh"
# shellcheck source=../lib/balancing.sh
. "$BUNDLE/grant/lib/balancing.sh"
# shellcheck source=../lib/local-balancer.sh
. "$BUNDLE/grant/lib/local-balancer.sh"

case ${1:-} in
# The verb `worker` leads packets there for the first time, once the balancer was seen to answer.
start) [ ! -e "$LED" ] || lead_packets ;;
stop) leave_packets ;;
'') follow_local_balancer ;;
*)
  echo "usage: rackplane lead [start|stop]" >&2
  exit 64
  ;;
esac
