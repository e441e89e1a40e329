# shellcheck shell=bash
# shellcheck disable=SC2153  # NAME and ADDRESS are the grant's (lib/grant.sh)
# etcd's members and their health, asked through its JSON gateway: the machine needs no etcdctl.
# Sourced after grant.sh. ETCD is the directory with ca.crt and healthcheck-client.{crt,key}.

ETCD=$PKI/etcd

# etcd_client DIRECTORY: mints a client certificate, valid for an hour, with the CA in DIRECTORY/etcd.
etcd_client() {
  kubeadm_config "$WORK/client.yaml" \
    '{"certificatesDir": "'"$1"'", "certificateValidityPeriod": "1h0m0s"}'
  kubeadm init phase certs etcd-healthcheck-client --config "$WORK/client.yaml" >&2
  ETCD=$1/etcd
}

etcd_curl() {
  curl -sS -f --noproxy '*' -m 5 --connect-timeout 2 --cacert "$ETCD/ca.crt" \
    --cert "$ETCD/healthcheck-client.crt" --key "$ETCD/healthcheck-client.key" "$@"
}

# etcd_call ADDRESS METHOD JSON: one call of the v3 API.
etcd_call() { etcd_curl -d "$3" "https://$1:2379/v3/$2"; }

# Addresses of members that are in no roster: machines that are about to leave (membership/cluster-keys.sh).
ELSEWHERE=$WORK/elsewhere

# etcd_ask METHOD JSON: the first answer of another machine, else this machine's; when no machine answers, why.
etcd_ask() {
  local address words said=
  for address in $OTHERS "$ADDRESS" $(cat "$ELSEWHERE" 2>/dev/null); do
    words=$(etcd_call "$address" "$1" "$2" 2>&1) && {
      printf '%s\n' "$words"
      return
    }
    said+="$address: $words; "
  done
  printf '%s\n' "$said"
  return 1
}

# etcd_members: the members that a quorum agrees on, one a line: ID, name (- when never started), address, and "voting"
# or "learner". A member that answers without the quorum may be out of date.
etcd_members() {
  local words
  words=$(etcd_ask cluster/member/list '{"linearizable": true}') || {
    printf '%s\n' "$words"
    return 1
  }
  jq -r '.members[] | [
    .ID, (if (.name // "") == "" then "-" else .name end),
    (.peerURLs[0] | ltrimstr("https://") | rtrimstr(":2380")),
    (if .isLearner then "learner" else "voting" end)] | @tsv' <<<"$words"
}

# know_members: etcd_members, kept in $WORK/members.
know_members() {
  local members
  members=$(etcd_members) || {
    printf '%s\n' "$members"
    return 1
  }
  printf '%s\n' "$members" >"$WORK/members"
}

# etcd_healthy ADDRESS: that member has a leader and serves a quorum read. A quota that is used up makes no member ill: it is
# told by itself (health/etcd-alarms.sh), and mended one healthy member after the other.
etcd_healthy() { etcd_curl -o /dev/null "https://$1:2379/health?exclude=NOSPACE"; }

# etcd_own_id: the member ID that this machine's own etcd runs with, decimal.
etcd_own_id() {
  local words
  words=$(etcd_call "$ADDRESS" maintenance/status '{}') && jq -re .header.member_id <<<"$words"
}

# etcd_entry MEMBERS: the line of this machine, by peer address (a member that never started has no name) or name.
etcd_entry() { awk -F'\t' -v name="$NAME" -v address="$ADDRESS" '$2 == name || $3 == address' <<<"$1"; }
