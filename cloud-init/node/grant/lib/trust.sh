# shellcheck shell=bash
# How an announcer asks the server on its own machine: verified by the cluster's CA, whatever the date is. The control
# plane's certificates end a year after they were made, on all machines in the same hour. If an expired certificate were
# no answer, every machine would withdraw at once, while all of them serve. So a certificate that only its dates make
# invalid is accepted, by its key; one of another CA or for another address is not. What ends when is the condition
# `certificates` (health/certificates.sh).
# Sourced after common.sh. Uses: server (host:port that is connected to) and named (the address in its certificate).
# shellcheck disable=SC2154,SC2034

# How curl verifies the server.
trust=(--cacert "$PKI/ca.crt")
# curl's own numbers: no valid certificate; another key than the pinned one.
NOT_VERIFIED=60
OTHER_KEY=90

# ask SECONDS CURL-OPTION...: the last options are URLs, asked in turn until one fails; SECONDS is the time for each.
# Sets ANSWERS to the HTTP statuses, each followed by a space, and ends as curl does.
ask() {
  local status=0
  transfer "$@" || status=$?
  case $status in
  "$NOT_VERIFIED") trust_outdated && transfer "$@" ;;
  "$OTHER_KEY")
    # Certificates were renewed.
    trust=(--cacert "$PKI/ca.crt")
    transfer "$@"
    ;;
  *) return "$status" ;;
  esac
}

transfer() {
  local seconds=$1 option options=()
  shift
  for option; do
    [[ $option != http*://* ]] || options+=(-o /dev/null)
    options+=("$option")
  done
  ANSWERS=$(curl -sf --fail-early --noproxy '*' -m "$seconds" -w '%{http_code} ' "${trust[@]}" "${options[@]}")
}

# trust_outdated: the certificate that the server shows is of the cluster's CA and for this address, and only its dates
# make it invalid: from now on its key is what curl compares.
trust_outdated() {
  local shown pin status=0
  shown=$(timeout 1 openssl s_client -connect "$server" -CAfile "$PKI/ca.crt" -verify_ip "$named" -no_check_time \
    -verify_return_error </dev/null 2>/dev/null) || status=$?
  # The time-out of `timeout` is one of curl's: silence, not a refusal.
  if [ "$status" = 124 ]; then return 28; elif [ "$status" != 0 ]; then return "$NOT_VERIFIED"; fi
  pin=$(openssl x509 -noout -pubkey <<<"$shown" | openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary | base64) ||
    return "$NOT_VERIFIED"
  trust=(-k --pinnedpubkey "sha256//$pin")
  say announce wait "the certificate of $server is outdated ($(openssl x509 -noout -enddate <<<"$shown")); it still counts here, clients refuse it: run 'pulumi up', which renews it"
}
