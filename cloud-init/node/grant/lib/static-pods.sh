# shellcheck shell=bash
# kubeadm's static pods on this machine: their manifests, and the way back to the files from before a change.
# Sourced after common.sh and membership/records.sh.

STATIC_PODS=(etcd kube-apiserver kube-controller-manager kube-scheduler)
MANIFESTS=$KUBERNETES/manifests
# A change's files as they were, by their place below /etc/kubernetes, until the verb has ended well; on the disk, since a
# power loss may end it.
BEFORE=$STATE/before-change
CHANGED_FILES=("${STATIC_PODS[@]/#/manifests/}")
CHANGED_FILES=("${CHANGED_FILES[@]/%/.yaml}" pki/apiserver.crt pki/apiserver.key)

# put_manifest POD: standard input becomes its manifest by a rename. kubelet reads every file of the folder whose name
# does not start with a dot. A time in it makes kubelet take it for a pod that it has never seen: it lets one wait that it
# has seen before, when an edit is taken back.
put_manifest() {
  local new=$MANIFESTS/.$1.yaml.new
  awk -v stamp="    rackplane/changed: \"$EPOCHREALTIME\"" '
    /^    rackplane\/changed:/ { next }
    /^  annotations:$/ { next }
    { print }
    /^metadata:$/ { print "  annotations:"; print stamp }' >"$new"
  chmod 600 "$new"
  sync "$new"
  mv -f "$new" "$MANIFESTS/$1.yaml"
}

# keep_before: of a change that was cut and is begun again, the files from before its first try stay.
keep_before() {
  local file
  [ ! -d "$BEFORE" ] || return 0
  rm -rf "$BEFORE.new"
  mkdir -p "$BEFORE.new"/{manifests,pki}
  for file in "${CHANGED_FILES[@]}"; do
    [ ! -e "$KUBERNETES/$file" ] || cp -p "$KUBERNETES/$file" "$BEFORE.new/$file"
  done
  find "$BEFORE.new" -type f -exec sync {} +
  mv "$BEFORE.new" "$BEFORE"
  sync "$STATE"
}

# undo_change: puts back what differs. kubelet starts the pods again, which the verb does not wait for.
undo_change() {
  local file pod mode
  [ -d "$BEFORE" ] || return 0
  for file in "${CHANGED_FILES[@]}"; do
    if [ ! -e "$BEFORE/$file" ] || cmp -s "$BEFORE/$file" "$KUBERNETES/$file"; then continue; fi
    pod=${file#manifests/} pod=${pod%.yaml}
    case $file in
    manifests/*) put_manifest "$pod" <"$BEFORE/$file" ;;
    *)
      mode=$(stat -c %a "$BEFORE/$file")
      place "$KUBERNETES/$file" "$mode" <"$BEFORE/$file"
      ;;
    esac
  done
  rm -rf "$BEFORE"
}

# settle_change: there is no way back any more.
settle_change() { rm -rf "$BEFORE"; }
