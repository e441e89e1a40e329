# shellcheck shell=bash
# Sourced after lib/cluster.sh.

healthy_api_server() { api_ready "$ADDRESS"; }
