# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, API_PORT and DEADLINE are the grant's (lib/grant.sh)
# How far an exchange of certificate authorities has come on every machine, as its programs show it to another one. With
# the keys of the next step, ASKED, a client is made; whoever accepts it trusts the CA that is to sign. With ASKED's
# bundle as what is trusted, whoever is accepted shows a certificate of it: before `forget` that is the new CA alone.
# Sourced after lib/cluster.sh, membership/authorities.sh and change/cluster-access.sh.

ASKED=$WORK/asked
# Of the earlier CA, before `forget`.
EARLIER=$WORK/earlier
KUBELET_PORT=10250
# For jq: the certificates of a text, each by itself.
CERTIFICATES_IN='def certificates: [scan("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----")]; '

expected_before() {
  case $1 in
  trust) echo "every machine to trust the present certificate authorities" ;;
  sign) echo "every machine and every pod to trust the new certificate authorities beside the earlier ones" ;;
  forget) echo "every machine to be signed by the new certificate authorities" ;;
  esac
}

# refused_step FILE: why the step does not follow from that file of this machine.
refused_step() {
  local words
  words=$(stage_words "$1" "$ASKED")
  echo "${words:-$PKI/$1 is of no step of this exchange: this machine carries the authorities of another certificates.authorities.generation; expected those before generation $(jq .authorities.generation "$GRANT"); raise the number by one at a time}"
}

# mint_asking: clients of the CAs in ASKED, and a kubelet's client of the earlier one, for an hour.
mint_asking() {
  local leaf
  for leaf in apiserver-kubelet-client front-proxy-client etcd-healthcheck-client; do mint_client "$ASKED" "$leaf"; done
  jq -e .authorities.earlier "$GRANT" >/dev/null || return 0
  mkdir -p "$EARLIER"
  for leaf in ca.crt ca.key; do jq -rj --arg leaf "$leaf" '.authorities.earlier[$leaf]' "$GRANT" | place "$EARLIER/$leaf" 600; done
  mint_client "$EARLIER" apiserver-kubelet-client
}

mint_client() {
  kubeadm_config "$WORK/client.yaml" "$(jq -n --arg certificatesDir "$1" '{$certificatesDir, certificateValidityPeriod: "1h0m0s"}')"
  kubeadm init phase certs "$2" --config "$WORK/client.yaml" >&2 ||
    die check-authorities "kubeadm made no certificate $2, its reason is above this line in the journal (journalctl -u rackplane-check-authorities); run 'pulumi up' again"
}

# step_ready STEP: prints everything that is missing.
step_ready() {
  local missing
  missing=$(all_missing "$1") || missing+=" the API does not tell its Nodes, pods or ConfigMaps;"
  [ -z "$missing" ] || {
    printf '%s\n' "$missing" | paste -sd ' '
    return 1
  }
}

# all_missing STEP: fails where the API does not tell. Written without errexit in mind, which is off here.
all_missing() {
  missing_members
  missing_kubelets "$1" || return 1
  [ "$1" != sign ] || { missing_documents && missing_pods; }
}

missing_members() {
  local name address
  while read -r name address; do
    asked "https://$address:$API_PORT/api/v1/namespaces/kube-system" "$ASKED" apiserver-kubelet-client || echo "$name's API server: $WHY;"
    # Who is let through as another one by the header: the front proxy's CA.
    asked "https://$address:$API_PORT/api/v1/namespaces/kube-system" "$ASKED" front-proxy-client \
      -H "X-Remote-User: rackplane-check" -H "X-Remote-Group: system:masters" || echo "$name's API server, asked by the front proxy: $WHY;"
    asked "https://$address:2379/health?exclude=NOSPACE" "$ASKED/etcd" healthcheck-client || echo "$name's etcd: $WHY;"
    # Over HTTP/2 a peer's port speaks gRPC alone, and ends the connection without an answer.
    asked "https://$address:2380/version" "$ASKED/etcd" healthcheck-client --http1.1 || echo "$name's etcd, asked as by a peer: $WHY;"
  done < <(jq -r '.roster[] | "\(.name) \(.address)"' "$GRANT")
}

# asked URL KEYS LEAF CURL-OPTION...: answered well, by whom the CA in KEYS vouches for. Sets WHY.
asked() {
  local url=$1 keys=$2 leaf=$3
  shift 3
  WHY=$(curl -sS -f --noproxy '*' -o /dev/null -m 5 --connect-timeout 2 --cacert "$keys/ca.crt" \
    --cert "$keys/$leaf.crt" --key "$keys/$leaf.key" "$@" "$url" 2>&1)
}

# missing_kubelets STEP: of every Node. A kubelet's own certificate is self-signed, and no one looks at it. A worker that is
# signed by the new CA refuses the earlier one; a member's API server answers for all of its machine.
missing_kubelets() {
  local name address members says
  members=$(jq -c '[.roster[].name]' "$GRANT")
  ask_cluster get nodes -o json >"$WORK/nodes.json" || return 1
  jq -e '.items | length > 0' "$WORK/nodes.json" >/dev/null || return 1
  while read -r name address; do
    says=$(kubelet_says "$address" "$ASKED")
    [ "$says" = 200 ] || echo "$name's kubelet at $address: found $says, expected 200, to a client of the authority that is to sign;"
    if [ "$1" != forget ] || jq -e --arg name "$name" 'index($name)' <<<"$members" >/dev/null; then continue; fi
    says=$(kubelet_says "$address" "$EARLIER")
    [ "$says" = 401 ] || echo "$name's kubelet at $address: found $says, expected 401, to a client of the earlier authority;"
  done < <(jq -r '.items[] | "\(.metadata.name) \([.status.addresses[]? | select(.type == "InternalIP").address] | first // "none")"' "$WORK/nodes.json")
}

# kubelet_says ADDRESS KEYS: the HTTP status; 000 where nothing answers.
kubelet_says() {
  curl -s -k --noproxy '*' -o /dev/null -m 5 --connect-timeout 2 -w '%{http_code}' \
    --cert "$2/apiserver-kubelet-client.crt" --key "$2/apiserver-kubelet-client.key" "https://$1:$KUBELET_PORT/healthz" || true
}

# missing_documents: what joins by a token, and what pods get. In whatever order: on a machine that has signed already it is
# another one.
missing_documents() {
  ask_cluster -n kube-public get configmap cluster-info -o json >"$WORK/cluster-info.json" || return 1
  jq -r --rawfile ca "$PKI/ca.crt" "$CERTIFICATES_IN"'.data.kubeconfig | capture("certificate-authority-data: *(?<data>\\S+)").data | @base64d
    | if ($ca | certificates) - certificates == [] then empty else "the ConfigMap cluster-info in kube-public does not name both;" end' "$WORK/cluster-info.json" || return 1
  pod_trust || return 1
  jq -r --rawfile ca "$PKI/ca.crt" "$CERTIFICATES_IN"'[.items[] | select(($ca | certificates) - (.data["ca.crt"] | certificates) != []) | .metadata.namespace]
    | if . == [] then empty else "kube-root-ca.crt does not hold both in the namespaces \(join(" "));" end' "$WORK/pod-trust.json"
}

# pod_trust: kube-root-ca.crt of every namespace, in $WORK/pod-trust.json, with when each was written, which kubectl hides.
pod_trust() { ask_cluster get configmaps -A --field-selector metadata.name=kube-root-ca.crt --show-managed-fields -o json >"$WORK/pod-trust.json"; }

# missing_pods: client-go reads the CA of a pod once (rest.InClusterConfig, up to 1.35), so a pod that could ask the API has
# to be younger than what it reads. A pod without a token asks no API server.
missing_pods() {
  ask_cluster get pods -A -o json >"$WORK/pods.json" || return 1
  jq -r --slurpfile trust "$WORK/pod-trust.json" '
    ($trust[0].items | map({key: .metadata.namespace, value: (([.metadata.managedFields[]?.time] | max) // .metadata.creationTimestamp)}) | from_entries) as $since
    | [.items[] | select(.status.phase != "Succeeded" and .status.phase != "Failed" and .metadata.deletionTimestamp == null)
        | select(any(.spec.volumes[]?.projected.sources[]?; .configMap.name == "kube-root-ca.crt"))
        | select(.metadata.creationTimestamp <= ($since[.metadata.namespace] // "")) | "\(.metadata.namespace)/\(.metadata.name)"]
    | if . == [] then empty else "these pods trust only the earlier authority until they are made anew (\u0027kubectl rollout restart\u0027, or delete them): \(.[:20] | join(" "))\(if length > 20 then " and \(length - 20) more" else "" end);" end' "$WORK/pods.json"
}
