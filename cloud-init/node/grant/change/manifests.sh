# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS and DEADLINE are the grant's (lib/grant.sh)
# The arguments, files and resources of etcd, the API server, the controller manager and the scheduler, as the settings ask
# for them: kubeadm makes the manifests anew in a folder of their own, and what differs from those that run takes their
# place. Where the verb fails, the earlier manifests come back (undo_manifests; after a power loss membership/take-back.sh).
# Images are no settings: a version is the next change's (kubernetes.sh).
# Sourced by change.sh, after lib/static-pods.sh, lib/versions.sh and certificates.sh.

RENDERED=$WORK/rendered
POD_LOGS=$ROOT/var/log/pods
# Starts after which a container that ends each time counts as broken.
MOST_STARTS=3

due_manifests() {
  local pod words=
  # What an upgrade that was cut off has left is its own to complete, first of all.
  [ ! -e "$UPGRADING" ] || return 0
  render_manifests
  for pod in "${STATIC_PODS[@]}"; do
    same_manifest "$pod" || words+="$pod restarts $(differences "$pod"); "
  done
  printf '%s' "${words%; }"
}

# render_manifests: kubeadm's opinion, in RENDERED; only its dry run writes elsewhere than below /etc/kubernetes. With the
# version that runs here, since an upgrade may be due, too.
render_manifests() {
  local pod
  rm -rf "$RENDERED"
  mkdir -p "$RENDERED"
  kubeadm_config "$WORK/manifests.yaml" "$(jq -n --arg version "$(running_version)" 'if $version == "" then {} else {kubernetesVersion: $version} end')"
  { phase_anew control-plane all && phase_anew etcd local; } ||
    die manifests "kubeadm refuses the settings: $(tail -n 3 "$WORK/render.log" | tr '\n' ' '); nothing was changed; correct them and run 'pulumi up' again"
  for pod in "${STATIC_PODS[@]}"; do
    keep_lines "$pod" <"$RENDERED/$pod.yaml" >"$RENDERED/.new"
    mv "$RENDERED/.new" "$RENDERED/$pod.yaml"
  done
}

phase_anew() { KUBEADM_INIT_DRYRUN_DIR=$RENDERED kubeadm init phase "$@" --dry-run --config "$WORK/manifests.yaml" >"$WORK/render.log" 2>&1; }

# keep_lines POD: the manifest with those lines of the one that runs that are no settings: its image; of etcd the members of
# its first start. Without the last line an etcd whose data were gone would begin a cluster behind the same VIP.
keep_lines() {
  awk -v manifest="$MANIFESTS/$1.yaml" '
    BEGIN { while ((getline line < manifest) > 0) {
      if (image == "" && line ~ /^    image: /) image = line
      if (line ~ /^    - --initial-cluster=/) members = line
    } }
    /^    image: / && image != "" { print image; next }
    /^    - --initial-cluster-state=/ { next }
    /^    - --initial-cluster=/ { print (members == "" ? $0 : members); print "    - --initial-cluster-state=existing"; next }
    { print }'
}

# same_manifest POD: the one that runs is what the settings ask for.
same_manifest() { [ "$(comparable "$RENDERED/$1.yaml")" = "$(comparable "$MANIFESTS/$1.yaml")" ]; }

# comparable MANIFEST: without what no setting says: this program's time, etcd's first members, and how long a start may
# take, which follows deadlines.member and is worth no restart.
comparable() {
  sed -E -e '/^ *- --initial-cluster(-state)?=/d' -e '/^    rackplane\/changed:/d' -e '/^  annotations:$/d' \
    -e '/^ *startupProbe:$/{n;s/^( *failureThreshold:).*/\1/}' "$1" 2>/dev/null || true
}

# differences POD: in words. No argument holds a secret: what does comes as a file.
differences() {
  local words
  words=$(with_and_without "$(arguments "$MANIFESTS/$1.yaml")" "$(arguments "$RENDERED/$1.yaml")")
  printf '%s' "${words:-with other resources, volumes or probes}"
}

# with_and_without WAS IS: what came and what went, of two sorted lists, one a line; nothing where they are the same. What
# has another value came.
with_and_without() {
  local came gone was=${1:+$1$'\n'} is=${2:+$2$'\n'}
  came=$(comm -13 <(printf '%s' "$was") <(printf '%s' "$is"))
  gone=$(comm -23 <(printf '%s' "$was") <(printf '%s' "$is") |
    awk -F= 'NR == FNR { came[$1]; next } !($1 in came)' <(printf '%s\n' "$came") -)
  printf '%s' "${came:+with ${came//$'\n'/ }}${gone:+${came:+, }without ${gone//$'\n'/ }}"
}

arguments() { comparable "$1" | sed -n 's/^ *- \(--.*\)/\1/p' | sort; }

# spares_manifests: neither the API server nor etcd stops.
spares_manifests() { same_manifest etcd && same_manifest kube-apiserver; }

prepare_manifests() {
  local path missing=()
  refuse_small_machine
  same_manifest etcd || refuse_small_quota
  # This program's own files, which come by changes of this verb.
  mkdir -p "$API_SERVER_FILES"
  # A folder or file that kubelet would not make keeps the pod from starting.
  while IFS= read -r path; do [ -e "$ROOT$path" ] || missing+=("$path"); done < <(jq -r '.kubeadm.init[]
    | select(.kind == "ClusterConfiguration") | .apiServer, .controllerManager, .scheduler
    | .extraVolumes[]? | select(.pathType // "" | endswith("OrCreate") | not) | .hostPath' "$GRANT")
  [ ${#missing[@]} -eq 0 ] ||
    die manifests "extraVolumes: $NAME has no ${missing[*]}; expected it there before a pod is told to use it; put it there, or set pathType: DirectoryOrCreate, and run 'pulumi up' again; nothing was changed"
}

# do_manifests: etcd before the API server, which asks it, and one after the other.
do_manifests() {
  local pod
  keep_before
  ENDINGS+=(undo_manifests)
  for pod in "${STATIC_PODS[@]}"; do
    same_manifest "$pod" || change_pod "$pod"
  done
}

change_pod() {
  local before logs
  before=$(pidof "$1") || true
  logs=$(newest_logs "$1")
  say manifests wait "$1 starts $(differences "$1")"
  # Before kubelet asks anything about it.
  [ "$1" != etcd ] || refuse_own_clients
  put_manifest "$1" <"$RENDERED/$1.yaml"
  tell_uptime
  await_pod "$1" "$before" "$logs" $((UPTIME + DEADLINE * 1000000))
  [ "$1" != etcd ] || accept_own_clients
}

# await_pod POD PROCESS LOGS DEADLINE: until it runs as another process, and answers. One that ends whenever it starts is not
# waited for, and says itself why.
await_pod() {
  local words logs
  until words=$(pod_runs "$1" "$2" 2>&1); do
    logs=$(newest_logs "$1")
    if [ "$logs" != "$3" ] && [ "$(last_log "$logs")" -ge $((MOST_STARTS - 1)) ]; then
      die manifests "$1 ends whenever it starts, at last with: $(last_words "$logs"); $(how_to_go_back)"
    fi
    tell_uptime
    [ "$UPTIME" -lt "$4" ] || die manifests "waited $DEADLINE s for $1 to run with its new settings; last answer: ${words:-none}; $(how_to_go_back)"
    pause "${RACKPLANE_POLL:-1}"
  done
}

# undo_manifests: where the verb fails after its pods have come up, by another change or by the machine's health: to stop
# them once more is a change like any other, held back and under the lock, while every other member is well. Otherwise they
# stay as they are, since a quorum outranks an edit. Pods that do not run get their earlier manifest in any case.
undo_manifests() {
  local pod before exchanged='' stops=()
  [ ! -s "$RESULT" ] && [ -d "$BEFORE" ] || return 0
  for pod in etcd kube-apiserver; do
    if ! kept_manifest "$pod" && pod_well "$pod" >/dev/null 2>&1; then stops+=("$pod"); fi
  done
  if [ ${#stops[@]} -gt 0 ]; then
    # In a subshell `die` ends that alone.
    if (await change 60 "every other member to be healthy before this one is taken back" others_well && hold_back); then
      leave_balancers
    else
      say manifests wait "${stops[*]} here stay with the new settings, since another machine is not well; run 'pulumi up' again once it is"
      for pod in "${stops[@]}"; do cp -p "$MANIFESTS/$pod.yaml" "$BEFORE/manifests/"; done
    fi
  fi
  if ! kept_manifest etcd; then
    refuse_own_clients
    put_manifest etcd <"$BEFORE/manifests/etcd.yaml"
    (await manifests "$SHOWN_WITHIN" "etcd here to run with its earlier settings" etcd_healthy "$ADDRESS") || true
    accept_own_clients
  fi
  before=$(pidof kube-apiserver) || true
  kept_manifest kube-apiserver || exchanged=yes
  undo_change
  # The old one still answers for a moment: it must not get the VIP back for that.
  [ -z "$exchanged" ] || (await manifests "$SHOWN_WITHIN" "the API server here to run with its earlier settings" pod_runs kube-apiserver "$before") || true
  let_go
  return_to_balancers
}

kept_manifest() { cmp -s "$BEFORE/manifests/$1.yaml" "$MANIFESTS/$1.yaml"; }

how_to_go_back() {
  echo "this machine gets its earlier settings back, and the others are as they were and serve: correct the edit, or take it back, and run 'pulumi up' again"
}

pod_runs() {
  runs_anew "$1" "$2" || {
    echo "no new process of $1; see 'crictl ps -a --name $1' and 'journalctl -u kubelet' here"
    return 1
  }
  pod_well "$1"
}

pod_well() {
  case $1 in
  etcd) etcd_healthy "$ADDRESS" ;;
  kube-apiserver) api_ready "$ADDRESS" ;;
  esac
}

# newest_logs POD: the folder of the pod's last container's logs, one a start: 0.log, 1.log, ...
newest_logs() {
  local folder newest=
  for folder in "$POD_LOGS/kube-system_$1-$NAME"_*/"$1"; do
    if [ -d "$folder" ] && { [ -z "$newest" ] || [ "$folder" -nt "$newest" ]; }; then newest=$folder; fi
  done
  printf '%s\n' "$newest"
}

# last_log FOLDER: the number of the last start; -1 without one. kubelet deletes those of earlier ones.
last_log() {
  local file number last=-1
  for file in "$1"/*.log; do
    number=${file##*/} number=${number%.log}
    if [[ $number =~ ^[0-9]+$ ]] && [ "$number" -gt "$last" ]; then last=$number; fi
  done
  echo "$last"
}

# last_words FOLDER: of the container that ended last, without containerd's own columns.
last_words() {
  local number
  number=$(last_log "$1")
  [ -s "$1/$number.log" ] || number=$((number - 1))
  tail -n 3 "$1/$number.log" 2>/dev/null | cut -d' ' -f4- | tr '\n' ' '
}
