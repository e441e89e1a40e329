# shellcheck shell=bash
# Sourced after lib/cluster.sh.

healthy_endpoint() { api_ready "$VIP"; }
