# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and OTHERS are the grant's (lib/grant.sh)
# The certificates that kubeadm made for this machine, and those in its kubeconfigs, are made anew from the cluster's CAs
# some time before they end. Nothing that serves stops: the API server and etcd read theirs again from the disk, for each
# connection or as soon as a file changes (client-go, dynamiccertificates, etcd's transport; 1.31 to 1.37). The controller
# manager and the scheduler have theirs from a kubeconfig, which is read at the start alone, and so has a kube-vip that
# elects. kubelet renews its own, until that has ended.
# Sourced by change.sh, after health/certificates.sh, lib/etcd.sh and membership/join.sh.

# Exists from before the first certificate is made anew until everything runs with the new ones: kubeadm writes a key
# first and its certificate then, and a power loss between leaves two that do not fit.
RENEWING=$STATE/renewing
RESTARTED=(kube-scheduler kube-controller-manager)
# The API server looks once a minute, if it was not told of the change.
SHOWN_WITHIN=90
KUBELET_HOURS=8760

due_certificates() {
  local ends name days
  if [ -e "$RENEWING" ]; then
    echo "complete the renewal of certificates that was cut off here, the controller manager and the scheduler restart"
    return
  fi
  read -r ends name < <(first_end) || return 0
  [ "$ends" -lt "$(renewed_before)" ] || return 0
  days=$(((ends - EPOCHSECONDS) / 86400))
  echo "renew certificates, $name ends in $days days; the controller manager and the scheduler restart"
}

# leaf_ends: certificate_ends without the CAs', which last ten years.
leaf_ends() { certificate_ends | grep -v 'ca\.crt$' || true; }

# first_end: of them the one that ends first, in seconds since 1970, and its name.
first_end() { leaf_ends | sort -n | head -n 1; }

# renewed_before: a certificate that ends before this is due, in seconds since 1970. `endBefore` is what would come due
# before the next `up` that asks (components/membership/certificates.ts).
renewed_before() {
  local settings='{}'
  [ ! -s "$CERTIFICATES_JSON" ] || settings=$(<"$CERTIFICATES_JSON")
  jq -n --argjson settings "$settings" --argjson now "$EPOCHSECONDS" \
    '[$now + 86400 * ($settings.renewDays // 90), $settings.endBefore // 0] | max'
}

do_certificates() {
  # An upgrade that was due, too, has renewed them.
  [ -n "$(due_certificates)" ] || return 0
  if elects; then hold_back; fi
  renew_files
  renew_kubelet
  restart_parts
  await_shown
  if elects && [ -z "$OTHERS" ]; then restart_kube_vip; fi
  rm -f "$RENEWING"
  say certificates "done" "renewed: $(told_days)"
}

told_days() {
  local ends name
  read -r ends name < <(first_end) || return 0
  echo "$(((ends - EPOCHSECONDS) / 86400)) days are left to $name"
}

# renew_files: everything that a certificate names stays as it is; only key, number and dates are new.
renew_files() {
  : >"$RENEWING"
  sync "$RENEWING" "$STATE"
  say certificates wait "kubeadm certs renew all"
  kubeadm_config "$WORK/certificates.yaml" '{"certificatesDir": "'"$PKI"'"}'
  kubeadm certs renew all --config "$WORK/certificates.yaml" >&2 ||
    die certificates "kubeadm certs renew failed, its reason is above this line in the journal (journalctl -u rackplane-$VERB); what it has renewed is in use already, and nothing stopped; correct that and run 'pulumi up' again, which renews all of them"
  trust_in_kubeconfigs "$PKI/ca.crt"
}

# restart_parts: kubelet starts them again, side by side. One that does not run reads the new files when it starts.
restart_parts() {
  local part before=()
  for part in "${RESTARTED[@]}"; do
    before+=("$(pidof "$part" || true)")
    # shellcheck disable=SC2086  # a list of numbers
    [ -z "${before[-1]}" ] || kill -TERM ${before[-1]} 2>/dev/null || true
  done
  for part in "${RESTARTED[@]}"; do
    [ -z "${before[0]}" ] || await certificates "$DEADLINE" "$part to run again, with its new certificate; another machine's leads meanwhile: see 'crictl ps -a --name $part' here" runs_anew "$part" "${before[0]}"
    before=("${before[@]:1}")
  done
}

runs_anew() {
  local now
  now=$(pidof "$1") && [ "$now" != "$2" ]
}

# renew_kubelet: kubelet asks the API for its next certificate with the one that it has, so one that has ended is made from
# the CA.
renew_kubelet() {
  [ -s "$KUBELET_CERTIFICATE" ] && ! openssl x509 -noout -checkend 0 -in "$KUBELET_CERTIFICATE" >/dev/null 2>&1 || return 0
  say certificates wait "kubelet's certificate has ended and is made anew"
  make_kubelet_certificate
  systemctl restart kubelet >&2
}

# make_kubelet_certificate: kubelet reads it when it starts.
make_kubelet_certificate() {
  local part
  kubeadm_config "$WORK/kubelet.yaml" '{"certificatesDir": "'"$PKI"'"}'
  kubeadm kubeconfig user --org system:nodes --client-name "system:node:$NAME" --validity-period "${KUBELET_HOURS}h" \
    --config "$WORK/kubelet.yaml" >"$WORK/kubelet.conf"
  for part in client-certificate-data client-key-data; do
    grep -q "^ *$part: ." "$WORK/kubelet.conf" ||
      die certificates "kubeadm made no $part for kubelet in $WORK/kubelet.conf; expected a certificate and its key; its words are above this line in the journal (journalctl -u rackplane-$VERB): run 'pulumi up' again"
    sed -n "s/^ *$part: *//p" "$WORK/kubelet.conf" | base64 -d
  done >"$WORK/kubelet.pem"
  put_kubelet_certificate <"$WORK/kubelet.pem"
}

# await_shown: what counts is what a server shows, not what lies on the disk.
await_shown() {
  await certificates "$SHOWN_WITHIN" "the API server here to show its new certificate; 'kill \$(pidof kube-apiserver)' starts it anew" shows "$ADDRESS:$API_PORT" "$PKI/apiserver.crt"
  await certificates "$SHOWN_WITHIN" "etcd here to show its new certificate to clients" shows "$ADDRESS:2379" "$PKI/etcd/server.crt"
  await certificates "$SHOWN_WITHIN" "etcd here to show its new certificate to its peers" shows "$ADDRESS:2380" "$PKI/etcd/peer.crt"
}

# shows SERVER FILE: the server shows the certificate in that file.
shows() {
  local shown
  # etcd ends the connection, as this comes with no certificate, once it has shown its own.
  shown=$(timeout 5 openssl s_client -connect "$1" </dev/null 2>/dev/null || true)
  [ "$(openssl x509 -noout -fingerprint -sha256 <<<"$shown" 2>/dev/null)" = "$(openssl x509 -noout -fingerprint -sha256 -in "$2")" ] || {
    echo "it shows one that ends $(openssl x509 -noout -enddate <<<"$shown" 2>/dev/null | cut -d= -f2)"
    return 1
  }
}

# elects: kube-vip here asks for a lease with the certificate that it has read at its start.
elects() { [ "$(node .announcer.kind)" = kube-vip-arp ]; }

# restart_kube_vip: where no other machine takes the VIP meanwhile. The announcer ends kube-vip and starts another one.
restart_kube_vip() {
  local word='' tries=0
  begin_holding_back
  until read -r word _ <"$RUNDIR/announcing" && [ "$word" = no ] || [ "$tries" -ge 30 ]; do
    pause "${RACKPLANE_POLL:-1}"
    tries=$((tries + 1))
  done 2>/dev/null
  end_holding_back
}
