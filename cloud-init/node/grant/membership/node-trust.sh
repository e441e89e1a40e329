# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME is the grant's (lib/grant.sh)
# A worker while certificate authorities are exchanged: what its kubelet trusts, and its kubelet's certificate. It has no
# CA's key, so it asks the cluster for another certificate with the one that it has, as kubelet itself does in time, and
# its key stays here. Workers come after all members: once those show certificates of the new CA, a worker trusts no other,
# and its kubelet's refusal of the old one shows from outside that it has come so far (verbs/check-authorities.sh).
# Sourced by change/authorities.sh.

KUBELET_SIGNER=kubernetes.io/kube-apiserver-client-kubelet

# wanted_trust: the grant's; without one, what was there before an exchange that was taken back.
wanted_trust() {
  if jq -e .trusts "$GRANT" >/dev/null; then jq -rj .trusts.authorities "$GRANT"; else first_certificate "$CA"; fi
}

due_node_trust() {
  # A cluster that has never exchanged them.
  jq -e .trusts "$GRANT" >/dev/null || [ "$(grep -c BEGIN "$CA")" -gt 1 ] || return 0
  wanted_trust >"$WORK/trust.crt"
  if ! signed_by "$WORK/trust.crt" "$KUBELET_CERTIFICATE"; then
    echo "kubelet gets a certificate of the new certificate authority and trusts no other, it restarts"
  elif ! cmp -s "$WORK/trust.crt" "$CA" || ! trusted_in_kubeconfigs "$WORK/trust.crt"; then
    echo "kubelet trusts $(grep -c BEGIN "$WORK/trust.crt") of the cluster's own authorities, it restarts"
  fi
}

# do_node_trust: ca.crt last, as it is what is seen from outside.
do_node_trust() {
  local new=
  if ! signed_by "$WORK/trust.crt" "$KUBELET_CERTIFICATE"; then
    request_kubelet_certificate
    new=yes
  fi
  await authorities $((DEADLINE < 60 ? DEADLINE : 60)) "an API server, as it is reached from here, to be trusted and to accept this kubelet; nothing was changed here" accepted_with_trust ${new:+"$WORK/kubelet.pem"}
  if [ -n "$new" ]; then put_kubelet_certificate <"$WORK/kubelet.pem"; fi
  trust_in_kubeconfigs "$WORK/trust.crt"
  restart_kubelet_for_authorities
  await_condition node
  place "$CA" 644 <"$WORK/trust.crt"
  say authorities "done" "kubelet trusts $(grep -c BEGIN "$CA") of the cluster's own authorities"
}

# request_kubelet_certificate: into $WORK/kubelet.pem; signed by the controller manager, which approves a kubelet's request for itself (kubeadm's
# binding kubeadm:node-autoapprove-certificate-rotation).
request_kubelet_certificate() {
  local request
  request=rackplane-$NAME-$(date +%s)
  openssl ecparam -name prime256v1 -genkey -noout -out "$WORK/kubelet.key"
  openssl req -new -key "$WORK/kubelet.key" -subj "/O=system:nodes/CN=system:node:$NAME" -out "$WORK/kubelet.csr"
  jq -n --rawfile csr "$WORK/kubelet.csr" --arg request "$request" --arg signerName "$KUBELET_SIGNER" '{
    apiVersion: "certificates.k8s.io/v1", kind: "CertificateSigningRequest", metadata: {name: $request},
    spec: {request: ($csr | @base64), $signerName, usages: ["digital signature", "client auth"]}}' >"$WORK/request.json"
  say authorities wait "kubelet asks for a certificate of the new certificate authority ($request)"
  await authorities 60 "the cluster to take the request $request" ask_cluster create -f "$WORK/request.json"
  await authorities "$DEADLINE" "the controller manager to sign $request; see 'kubectl describe csr $request'" signed_request "$request"
  signed_by "$WORK/trust.crt" "$WORK/kubelet.crt" ||
    die authorities "$request was signed by another certificate authority than the new one; expected that one, with which every controller manager signs once all members have come so far; run 'pulumi up' again"
  cat "$WORK/kubelet.crt" "$WORK/kubelet.key" >"$WORK/kubelet.pem"
}

# accepted_with_trust [PEM]: with what kubelet is to trust, and the certificate that it is to have. There is no way back for
# a kubelet that was led to another cluster's API server, or whose certificate is refused.
accepted_with_trust() {
  local pem=${1:-$KUBELET_CERTIFICATE} server
  server=$(sed -n 's/^ *server: *//p' "$KUBERNETES/kubelet.conf")
  curl -sS -f --noproxy '*' -o /dev/null -m 10 --connect-timeout 3 --cacert "$WORK/trust.crt" --cert "$pem" --key "$pem" \
    "$server/api/v1/nodes/$NAME" 2>&1
}

signed_request() {
  ask_cluster get certificatesigningrequest "$1" -o json | jq -re '.status.certificate // empty' | base64 -d >"$WORK/kubelet.crt" && [ -s "$WORK/kubelet.crt" ]
}

# put_kubelet_certificate: standard input, certificate and key, becomes the pair that kubelet reads when it starts. The name
# is of kubelet's own form, so that it takes the file for one of its own.
put_kubelet_certificate() {
  local pem
  pem=${KUBELET_CERTIFICATE%/*}/kubelet-client-$(date -u +%Y-%m-%d-%H-%M-%S).pem
  place "$pem" 600
  sync "$pem"
  ln -sfn "$pem" "$KUBELET_CERTIFICATE.new"
  mv -fT "$KUBELET_CERTIFICATE.new" "$KUBELET_CERTIFICATE"
}
