# shellcheck shell=bash
# shellcheck disable=SC2154  # WORK is the grant's (lib/grant.sh)
# What the cluster says of its own certificate authorities, as this member has them. Sourced after change/cluster-access.sh.

# Namespaces of kubeadm's and this program's own add-ons. Pods of others are a person's to start anew.
OWN_NAMESPACES=(kube-system kube-flannel)

await_joiners() { await authorities "$DEADLINE" "the ConfigMap cluster-info in kube-public to be written, for machines that join" tell_joiners; }

# tell_joiners: the controller manager signs it again with each token.
tell_joiners() {
  ask_cluster -n kube-public get configmap cluster-info -o json >"$WORK/cluster-info.json" || return 1
  jq --rawfile ca "$PKI/ca.crt" '.data.kubeconfig |= sub("certificate-authority-data: *\\S+"; "certificate-authority-data: \($ca | @base64)")' \
    "$WORK/cluster-info.json" >"$WORK/cluster-info-new.json"
  [ "$(jq .data.kubeconfig "$WORK/cluster-info.json")" = "$(jq .data.kubeconfig "$WORK/cluster-info-new.json")" ] ||
    ask_cluster replace -f "$WORK/cluster-info-new.json" >/dev/null
}

told_pods() {
  local behind
  behind=$(ask_cluster get configmaps -A --field-selector metadata.name=kube-root-ca.crt -o json |
    jq -r --rawfile ca "$PKI/ca.crt" '[.items[] | select(.data["ca.crt"] != $ca) | .metadata.namespace] | join(" ")') || return 1
  [ -z "$behind" ] || {
    echo "it is another one in $behind"
    return 1
  }
  told_secrets
}

# told_secrets: Secrets with a token of a service account, as clusters and pods of before 1.24 have them.
told_secrets() {
  local behind
  # Of a Secret only what is no secret.
  behind=$(ask_cluster get secrets -A --field-selector type=kubernetes.io/service-account-token \
    -o 'jsonpath={range .items[*]}{.metadata.namespace}/{.metadata.name} {.data.ca\.crt}{"\n"}{end}' |
    awk -v ca="$(base64 -w 0 <"$PKI/ca.crt")" 'NF && $2 != ca { print $1 }' | paste -sd ' ') || return 1
  [ -z "$behind" ] || {
    echo "the Secrets $behind hold another one"
    return 1
  }
}

await_extensions() { await authorities "$DEADLINE" "extension-apiserver-authentication in kube-system to name no other authority" forget_in_extensions; }

# forget_in_extensions: API servers add to it and take nothing away but what has ended (clusterauthenticationtrust, 1.31 to
# 1.37). It is what aggregated API servers, and the controller manager's and the scheduler's own servers, trust.
forget_in_extensions() {
  local map=extension-apiserver-authentication
  ask_cluster -n kube-system get configmap "$map" -o json >"$WORK/extensions.json" || return 1
  jq --rawfile client "$PKI/ca.crt" --rawfile proxy "$PKI/front-proxy-ca.crt" \
    '.data["client-ca-file"] = $client | .data["requestheader-client-ca-file"] = $proxy' "$WORK/extensions.json" >"$WORK/extensions-new.json"
  [ "$(jq -S .data "$WORK/extensions.json")" = "$(jq -S .data "$WORK/extensions-new.json")" ] || {
    ask_cluster replace -f "$WORK/extensions-new.json" >/dev/null || return 1
    echo "an API server may have written it meanwhile"
    return 1
  }
}

# restart_own: each once for one set of authorities, in whatever order they are, and one after the other: what announces
# Services and what leads their packets do not start anew on one machine at a time.
restart_own() {
  local namespace kind name trust
  trust=$(sort "$PKI/ca.crt" | sha256sum | cut -c 1-16)
  for namespace in "${OWN_NAMESPACES[@]}"; do
    ask_cluster -n "$namespace" get daemonsets,deployments -o json >"$WORK/own.json" || return 1
    while read -r kind name; do
      ask_cluster -n "$namespace" patch "$kind" "$name" --patch \
        "$(jq -cn --arg trust "$trust" '{spec: {template: {metadata: {annotations: {"rackplane/authorities": $trust}}}}}')" >/dev/null || return 1
      say publish-authorities wait "$kind $name in $namespace starts anew"
      ask_cluster -n "$namespace" rollout status "$kind/$name" --timeout "${DEADLINE}s" >/dev/null || {
        echo "$kind $name in $namespace is not whole: see 'kubectl -n $namespace describe $kind $name'"
        return 1
      }
    done < <(jq -r --arg trust "$trust" '.items[] | select(.spec.template.metadata.annotations["rackplane/authorities"] != $trust) | "\(.kind) \(.metadata.name)"' "$WORK/own.json")
  done
}

next_step() {
  case $1 in
  trust) echo "both are trusted once this 'pulumi up' has ended; next: fetch every kubeconfig anew, start your own pods that ask the API anew, then set certificates.authorities.step to sign and run 'pulumi up'" ;;
  sign) echo "the new ones sign once this 'pulumi up' has ended; next: fetch every kubeconfig anew, then set certificates.authorities.step to forget and run 'pulumi up': what the earlier ones have signed is refused from then on" ;;
  forget) echo "the earlier ones are forgotten: this exchange has ended" ;;
  esac
}
