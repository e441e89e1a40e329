# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # OTHERS is the grant's (lib/grant.sh)
# Certificates that have ended. Every gate of a member asks an API server or etcd, and both refuse whoever trusts in dates:
# so what has ended on this machine is made anew before any gate is asked. That can only mend: what it replaces is refused
# everywhere already, and nothing that runs is stopped which could serve.
# Where the others' have ended, a quorum may need a second machine, and the VIP may lead to one that is not mended yet:
# what only the others lack is told, and left to their own turns, which come next.
# Sourced after change/change.sh.

# mend_ended: for `member`, before its first gate. Certificates that are only due come along where another machine's have
# ended: they would wait for a machine that waits for this one.
mend_ended() {
  local part
  whole || return 0
  half_renewed || ended || { [ -n "$(due_certificates)" ] && [ -n "$(outdated_others)" ]; } || return 0
  say certificates start "certificates have ended: this machine's are made anew before anything is asked of the cluster"
  renew_files
  renew_kubelet
  # shellcheck disable=SC2046  # lists of numbers
  for part in "${RESTARTED[@]}"; do kill -TERM $(pidof "$part") 2>/dev/null || true; done
  # A pod that could not start for days is tried again only every five minutes, except by a kubelet that starts.
  systemctl restart kubelet >&2
  if elects; then restart_kube_vip; fi
  rm -f "$RENEWING"
  say certificates "done" "made anew: $(told_days)"
}

# half_renewed: a renewal was cut here, and etcd does not run or is not to be asked with what it left; where it does, the
# machine's own change completes it.
half_renewed() { [ -e "$RENEWING" ] && ! etcd_own_id >/dev/null 2>&1; }

# ended: one of this machine's own.
ended() {
  local ends
  if [ -s "$KUBELET_CERTIFICATE" ] && ! openssl x509 -noout -checkend 0 -in "$KUBELET_CERTIFICATE" >/dev/null 2>&1; then return 0; fi
  read -r ends _ < <(first_end) && [ "$ends" -le "$EPOCHSECONDS" ]
}

# outdated SERVER CA: the server shows a certificate of this cluster's that only its date makes invalid.
outdated() {
  local shown
  shown=$(timeout 5 openssl s_client -connect "$1" -CAfile "$2" -no_check_time -verify_return_error \
    -cert "$PKI/etcd/healthcheck-client.crt" -key "$PKI/etcd/healthcheck-client.key" </dev/null 2>/dev/null) || return 1
  ! openssl x509 -noout -checkend 0 <<<"$shown" >/dev/null 2>&1
}

# outdated_others: the addresses of the other machines whose etcd shows such a certificate, separated by spaces. Asked at the
# port for its peers: that for clients is silent until there is a quorum.
outdated_others() {
  local address others=()
  for address in $OTHERS; do
    ! outdated "$address:2380" "$PKI/etcd/ca.crt" || others+=("$address")
  done
  echo "${others[*]}"
}

# end_without_quorum: ends the verb, well, where no quorum answers because the others' certificates have ended.
end_without_quorum() {
  local others tries
  whole || return 0
  ! know_members >/dev/null 2>&1 || return 0
  # An election takes a few seconds, and so does an etcd that has just been started.
  for ((tries = 0; tries < 30; tries++)); do
    pause "${RACKPLANE_POLL:-1}"
    ! know_members >/dev/null 2>&1 || return 0
    others=$(outdated_others)
    [ -z "$others" ] || [ "$tries" -lt 5 ] || break
  done
  [ -n "$others" ] || return 0
  refuse_further_changes
  say certificates "done" "those of $others have ended, and without them etcd has no quorum: they are made anew next, and the last machine judges all"
  jq -n --arg name "$NAME" '{$name, etcdMemberId: "", members: 0}' | publish
  exit 0
}

# refuse_further_changes: a verb that ends well tells Pulumi that everything was done, and without a quorum nothing else can
# be.
refuse_further_changes() {
  local file found=()
  [ "$VERB" = member ] || return 0
  # The grant's own come with the quorum (use_cluster_keys).
  use_own_keys
  know_due
  for file in "${DUE[@]}"; do [ "$file" = certificates ] || found+=("a change of $file"); done
  for file in "${FACTS[@]}"; do
    if [ "$file" != "$CERTIFICATES_JSON" ] && [ -d "$PREVIOUS" ] && [ -f "$file" ] && ! cmp -s "$file" "$PREVIOUS${file#"$ROOT"}"; then
      found+=("other settings in ${file#"$ROOT"}")
    fi
  done
  [ ${#found[@]} -eq 0 ] ||
    die certificates "found $(printf '%s, ' "${found[@]}")expected the settings that this machine runs with: certificates have ended, and without a quorum nothing but them can be changed. This machine's are made anew already: take the edit back, run 'pulumi up', and then make it again"
}

# excused CONDITION: only reported (health/health.sh), since it fails by another machine that is not mended yet.
excused() {
  [ "$1" = endpoint ] && ! healthy endpoint >/dev/null 2>&1 && outdated "$VIP:$PORT" "$PKI/ca.crt"
}
