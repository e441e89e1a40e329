# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, VERSION and VIP are the grant's (lib/grant.sh)
# The version of Kubernetes, as node.json says it: kubeadm upgrades what runs as static pods here, then kubelet follows.
# Everything is downloaded first, while this machine still serves. Which step a version may take is decided before anything
# changes (receive/edits.sh). Sourced after lib/versions.sh, boot/lib/packages.sh, lib/etcd.sh and cluster-access.sh.

# shellcheck source=../lib/new-version.sh
. "$BUNDLE/grant/lib/new-version.sh"
# shellcheck source=../lib/downloading.sh
. "$BUNDLE/grant/lib/downloading.sh"
# shellcheck source=etcd-versions.sh
. "$BUNDLE/grant/change/etcd-versions.sh"
# shellcheck source=snapshot.sh
. "$BUNDLE/grant/change/snapshot.sh"

due_kubernetes() {
  local kubelet api
  kubelet=$(kubelet_version)
  if [ "$(role)" = worker ]; then
    if [ -n "$kubelet" ] && [ "$kubelet" != "v$VERSION" ]; then
      echo "upgrade ${kubelet#v} to $VERSION, kubelet restarts"
    elif [ -e "$UPGRADING" ]; then
      echo "complete the upgrade to $VERSION that was cut off here, kubelet restarts"
    fi
    return 0
  fi
  api=$(running_version)
  if [ -n "$api" ] && [ "$api" != "v$VERSION" ]; then
    echo "upgrade ${api#v} to $VERSION, etcd, the API server and kubelet restart"
  elif [ -e "$UPGRADING" ]; then
    echo "complete the upgrade to $VERSION that was cut off here"
  elif [ -n "$kubelet" ] && [ "$kubelet" != "v$VERSION" ]; then
    echo "upgrade kubelet from ${kubelet#v} to $VERSION, kubelet restarts"
  fi
}

prepare_kubernetes() {
  if [ "$(role)" = worker ]; then refuse_newer_than_cluster; else warn_of_deprecated; fi
  downloading bash "$BUNDLE/grant/steps/new-version.sh" >&2 || exit 1
  [ "$(role)" != worker ] || return 0
  refuse_old_etcd
  # Once begun, etcd may be the new one already: the way back is what it held before.
  [ -e "$UPGRADING" ] || keep_snapshot "before-$VERSION"
}

# refuse_newer_than_cluster: no API server supports a kubelet of a newer minor (Kubernetes' version skew policy, 1.34).
refuse_newer_than_cluster() {
  local found step
  found=$(ask_cluster get --raw /version | jq -r .gitVersion) ||
    die upgrade "the cluster does not tell its version; nothing was changed; run 'pulumi up' again"
  step=$(version_step "$found" "$VERSION")
  case $step in
  minor | minors) die upgrade "kubernetesVersion: found $VERSION, expected no newer minor than ${found#v}, which the API servers run; upgrade the control plane first, by a 'pulumi up' of all; nothing was changed" ;;
  esac
}

# forget_preparations: those of an edit that was taken back before anything was changed.
forget_preparations() { [ -e "$UPGRADING" ] || rm -rf "$UPGRADE"; }

do_kubernetes() {
  if [ "$(role)" = worker ]; then upgrade_worker; else upgrade_control_plane; fi
  await upgrade "$(node .deadlines.downloads)" "apt to install ${PACKAGES[*]} $VERSION; $(how_to_go_on)" install_fetched
  # The sandbox image may be another one, which containerd has to know before kubelet starts pods.
  bash "$BUNDLE/boot/steps/containerd.sh" >&2 || exit 1
  forget_flags
  say upgrade wait "kubelet restarts as $VERSION"
  systemctl daemon-reload
  systemctl restart kubelet >&2 || die upgrade "kubelet $VERSION did not start; see 'journalctl -u kubelet' here; $(how_to_go_on)"
  await upgrade "$DEADLINE" "the Node $NAME to be ready with kubelet $VERSION; see 'journalctl -u kubelet' here; $(how_to_go_on)" node_upgraded
  # A boot finds that everything is here.
  downloading bash "$BUNDLE/boot/steps/images.sh" >&2 || exit 1
  keep_upgraded
  rm -rf "$UPGRADE"
  say upgrade "done" "this machine runs $VERSION"
}

# how_to_go_on: for the message of a step that failed after kubeadm has begun.
how_to_go_on() {
  echo "the other machines are as they were and serve; correct what is named and run 'pulumi up' again, which goes on here. There is no way back to an earlier version: kubeadm has kept the earlier manifests below $KUBERNETES/tmp, the data of etcd is in the newest file of $SNAPSHOTS"
}

# warn_of_deprecated: APIs that the next versions drop and that clients have asked for, as the API server counted them
# since its start.
warn_of_deprecated() {
  local line found=()
  while IFS= read -r line; do found+=("$line"); done < <(ask_cluster get --raw /metrics 2>/dev/null | deprecated_apis)
  [ ${#found[@]} -eq 0 ] || say upgrade wait "deprecated APIs are in use, which a later version drops: $(printf '%s; ' "${found[@]}")see 'kubectl get --raw /metrics | grep apiserver_requested_deprecated_apis'"
}

# deprecated_apis: reads metrics; prints what is asked for of each deprecated API, one a line.
deprecated_apis() {
  sed -n 's/^apiserver_requested_deprecated_apis{\(.*\)} 1$/\1/p' | awk -F'"' '{
    group = version = resource = removed = ""
    for (i = 1; i < NF; i += 2) {
      name = $i; gsub(/[,= ]/, "", name)
      if (name == "group") group = $(i + 1)
      if (name == "version") version = $(i + 1)
      if (name == "resource") resource = $(i + 1)
      if (name == "removed_release") removed = $(i + 1)
    }
    print resource " of " (group == "" ? "" : group "/") version (removed == "" ? "" : ", gone in " removed)
  }' | sort -u
}

# install_fetched: asks no mirror.
install_fetched() {
  local package specs=()
  for package in "${PACKAGES[@]}"; do specs+=("$package=$VERSION-*"); done
  apt_get install --no-download --no-install-recommends --allow-change-held-packages --allow-downgrades \
    -o "Dir::Cache::archives=$UPGRADE/archives" -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
    "${specs[@]}" && apt-mark hold "${PACKAGES[@]}" >/dev/null
}

upgrade_worker() {
  begin_upgrade node
  mkdir -p "$PATCHES"
  upgrade_configuration >"$WORK/upgrade.yaml"
  run_kubeadm upgrade node --config "$WORK/upgrade.yaml" --kubeconfig "$KUBERNETES/kubelet.conf"
}

# begin_upgrade apply|node
begin_upgrade() {
  printf '%s %s\n' "$1" "$VERSION" | place "$UPGRADING" 600
  sync "$UPGRADING"
}

# upgrade_control_plane: the first machine upgrades the cluster's own documents with `apply`; kubeadm leaves kube-proxy and
# CoreDNS to the last one. A machine that was cut off does again what it began.
upgrade_control_plane() {
  local how server=$VIP
  how=$(upgrade_command) || exit 1
  # Again, since all members answer by now.
  refuse_old_etcd
  settle_change
  copy_manifests
  begin_upgrade "$how"
  # Alone, this machine has nothing but its own server to watch itself by.
  [ -n "$OTHERS" ] || server=$ADDRESS
  admin_kubeconfig "$WORK/upgrade.conf" "$server" "$WORK/pki" "$ACCESS_FOR"
  upgrade_patches
  upgrade_configuration >"$WORK/upgrade.yaml"
  say upgrade wait "kubeadm upgrade $how"
  spare_own_clients
  case $how in
  apply)
    run_kubeadm upgrade apply --yes --config "$WORK/upgrade.yaml" --kubeconfig "$WORK/upgrade.conf"
    # kubeadm may have written them anew without their note.
    note_documents "$(documents_hash)" ask_cluster
    ;;
  node) run_kubeadm upgrade node --config "$WORK/upgrade.yaml" --kubeconfig "$WORK/upgrade.conf" ;;
  esac
  end_sparing
  # It has renewed the certificates in them, and left them the signer's alone.
  trust_in_kubeconfigs "$PKI/ca.crt"
  # Copies of etcd's whole directory, one an upgrade; the snapshot is smaller.
  rm -rf "$KUBERNETES"/tmp/kubeadm-backup-etcd-*
}

run_kubeadm() {
  "$NEW_KUBEADM" "$@" 2>&1 | tee "$WORK/upgrade.log" >&2 ||
    die upgrade "kubeadm upgrade failed: $(upgrade_reason); $(how_to_go_on)"
}

# upgrade_reason: kubeadm's own reasons, and else its last words.
upgrade_reason() {
  local reasons
  reasons=$(awk '/\[ERROR / { sub(/^[ \t]+/, ""); printf "%s; ", $0 }' "$WORK/upgrade.log")
  printf '%s\n' "${reasons:-$(tail -n 3 "$WORK/upgrade.log" | tr '\n' ' ')}"
}

# upgrade_command: `apply` on the machine that was cut off in it, and where the cluster's document has another version.
upgrade_command() {
  local how='' version='' found
  { read -r how version <"$UPGRADING"; } 2>/dev/null || true
  if [ "$version" = "$VERSION" ] && [ "$how" = apply ]; then
    echo apply
    return
  fi
  found=$(stated_version ask_cluster) ||
    die upgrade "the cluster does not tell its version (the ConfigMap kubeadm-config in kube-system); nothing was changed; run 'pulumi up' again"
  if [ "$found" = "v$VERSION" ]; then echo node; else echo apply; fi
}

# upgrade_configuration: kubeadm's UpgradeConfiguration. JSON is YAML. kubeadm renews the certificates of the parts that it
# upgrades, its default.
upgrade_configuration() {
  jq -n --slurpfile grant "$GRANT" --arg version "v$VERSION" --arg patches "$WORK/patches" --arg role "$(role)" '
    $grant[0].kubeadm as $documents
    | ([$documents.init[]? | select(.kind == "InitConfiguration")] | first) as $init
    # What was left out when the cluster was formed stays so: kubeadm would install kube-proxy now.
    | ({patches: {directory: (if $role == "worker" then "/etc/rackplane/patches" else $patches end)}}
      + (if ($init.skipPhases // []) == [] then {} else {skipPhases: $init.skipPhases} end)
      # kubeadm tries a pod first, which does not run without a network.
      + (if $grant[0].node.network.kind == "none" then {ignorePreflightErrors: ["CreateJob"]} else {} end)) as $both
    | {
        apiVersion: $documents.join.apiVersion, kind: "UpgradeConfiguration",
        apply: ($both + {kubernetesVersion: $version}),
        node: $both
      } + (if $documents.join.timeouts then {timeouts: $documents.join.timeouts} else {} end)'
}

# upgrade_patches: the grant's, and one for etcd. kubeadm writes its manifest as for a new cluster of this machine alone; if
# its data were gone at a boot, it would begin one behind the same VIP.
upgrade_patches() {
  rm -rf "$WORK/patches"
  mkdir -p "$WORK/patches"
  cp -p "$PATCHES"/* "$WORK/patches/" 2>/dev/null || true
  jq -n '[{op: "add", path: "/spec/containers/0/command/-", value: "--initial-cluster-state=existing"}]' >"$WORK/patches/etcd1+json.json"
}

# copy_manifests: kubeadm takes the old manifest away before it puts the new one there; if the power fails between, the
# machine has none.
copy_manifests() {
  local pod
  [ ! -e "$UPGRADING" ] || return 0
  # kubeadm keeps copies of its own, one an upgrade.
  rm -rf "$KUBERNETES"/tmp/kubeadm-backup-*
  mkdir -p "$UPGRADE/manifests"
  for pod in "${STATIC_PODS[@]}"; do cp -p "$KUBERNETES/manifests/$pod.yaml" "$UPGRADE/manifests/"; done
  sync "$UPGRADE"/manifests/*
}

# mend_manifests: puts back what an upgrade that was cut off took away.
mend_manifests() {
  local pod
  [ -e "$UPGRADING" ] || return 0
  for pod in "${STATIC_PODS[@]}"; do
    [ -e "$KUBERNETES/manifests/$pod.yaml" ] || put_manifest "$pod" <"$UPGRADE/manifests/$pod.yaml"
  done
}

# mend_etcd: puts back etcd's earlier manifest where an upgrade that was cut off has left one that does not run. The data is
# of the earlier version for as long as one member is.
mend_etcd() {
  local tries manifest=$UPGRADE/manifests/etcd.yaml
  [ -e "$UPGRADING" ] && [ -s "$manifest" ] && ! cmp -s "$manifest" "$KUBERNETES/manifests/etcd.yaml" || return 0
  for ((tries = 0; tries < 30; tries++)); do
    ! etcd_own_id >/dev/null 2>&1 || return 0
    pause "${RACKPLANE_POLL:-1}"
  done
  say upgrade wait "etcd does not run here since an upgrade was cut off: its earlier manifest is put back"
  put_manifest etcd <"$manifest"
}

# forget_flags: kubelets from 1.35 on do not start with this one; the image is containerd's to know.
forget_flags() {
  grep -q -- '--pod-infra-container-image=' "$KUBELET_FLAGS" 2>/dev/null || return 0
  sed -E -e 's/--pod-infra-container-image=[^ "]* ?//' -e 's/ "$/"/' "$KUBELET_FLAGS" | place "$KUBELET_FLAGS" 644
}

# node_upgraded: a Node without a pod network is never ready, and is as it was.
node_upgraded() {
  ask_cluster get node "$NAME" -o json | jq -r --arg version "v$VERSION" '
    (first(.status.conditions[]? | select(.type == "Ready")) // {}) as $ready
    | if .status.nodeInfo.kubeletVersion != $version then "its Node shows kubelet \(.status.nodeInfo.kubeletVersion)\n" | halt_error(1)
      elif $ready.status == "True" or ($ready.message // "" | startswith("container runtime network not ready")) then empty
      else "its Node is not ready: \($ready.message // "kubelet has not spoken yet")\n" | halt_error(1) end'
}
