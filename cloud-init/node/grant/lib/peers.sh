# shellcheck shell=bash
# What the other machines say, for a machine that lives and is not ready: it gives its part of the endpoint up only
# while another one serves. If none is ready, an etcd without its quorum for instance, all stay as they are: withdrawing
# would only make an outage of reads as well.
# Sourced by the announcers, whose variables these functions share.
# shellcheck disable=SC2034

# Since when this machine lives and is not ready, in microseconds since boot; empty while it is ready.
unready=''
# A refusal in so many words, at this very look. Silence is none: a busy machine is slow, and must not go for it.
refused_now=''

# A machine that is not ready waits so long. With a read that etcd's quorum answers at that moment, only an election of
# etcd has to pass. /readyz may tell what an API server found up to five seconds ago (it checks etcd every two seconds,
# for up to two): a loss of the quorum can show here before it shows there.
PATIENCE_READ=2000000
PATIENCE_READYZ=6000000

# note_readiness STATUS: what this look has found, as curl's status of the last transfer.
note_readiness() {
  refused_now=''
  case $1 in
  0) unready='' ;;
  22) unready=${unready:-$now} refused_now=yes ;;
  esac
}

# serving_peer CURL-OPTION... -- URL...: one of the URLs, of other machines' servers, answers with 200 within 0.7 s.
# Sets PEER to its address. Nothing is verified: a false peer could only make a machine withdraw that cannot serve.
serving_peer() {
  local options=() status url
  PEER=''
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  [ $# -gt 0 ] || return 1
  for url; do options+=(-o /dev/null "$url"); done
  while read -r status url; do
    url=${url#https://}
    [ "$status" != 200 ] || PEER=${url%%:*}
  done < <(curl -sk --parallel --parallel-immediate --noproxy '*' --connect-timeout 0.5 -m 0.7 -w '%{http_code} %{url}\n' "${options[@]}")
  [ -n "$PEER" ]
}
