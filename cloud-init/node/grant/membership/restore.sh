# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # NAME, ADDRESS, CLUSTER, VERSION and OTHERS are the grant's (lib/grant.sh)
# A cluster that was lost is formed again from a backup: with its keys, so that kubeconfigs and workers' kubelets are good,
# and with its data, whose revisions go on far above all that a client has seen. `kubeadm init` then finds both in place.

# shellcheck source=living.sh
. "$BUNDLE/grant/membership/living.sh"
# shellcheck source=../lib/stores.sh
. "$BUNDLE/grant/lib/stores.sh"
# shellcheck source=../change/snapshot.sh
. "$BUNDLE/grant/change/snapshot.sh"
# shellcheck source=../lib/etcd-image.sh
. "$BUNDLE/grant/lib/etcd-image.sh"

# On the disk: a database has up to 8 GiB, and WORK is memory.
RESTORING=$STATE/restoring
# What clients saw after the backup is below this, or they would never notice that what they know is gone (etcd's disaster
# recovery guide: a snapshot of a week, at 1500 writes a second).
BUMP=1000000000

# A store may be on its way up as well; what is wrong with a backup stays so.
FETCH_SECONDS=${RACKPLANE_FETCH_SECONDS:-120}

restores() { jq -e .restore "$GRANT" >/dev/null; }
restore_says() { jq -r ".restore$1 // empty" "$GRANT"; }

# restored_already: this machine has been restored by the very wish of the grant.
restored_already() { [ "$(formation)" = formed ] && [ "$(jq -r '.restored // ""' "$FORMED")" = "$(restore_says .generation)" ]; }

end_restoring() {
  leave_etcd_image
  rm -rf "$RESTORING"
}

# bring_backup: to RESTORING/backup, whole, checked, and of this cluster. Nothing else on the machine changes before that.
bring_backup() {
  ENDINGS+=(end_restoring)
  end_restoring
  refuse_living "$OTHERS"
  fetch_wanted
  fits_backup
}

# put_backup: the backup's keys and data are where kubeadm and etcd look for them.
put_backup() {
  put_backup_keys
  restore_data
}

fetch_wanted() {
  local store name
  store=$(jq -c .restore.from "$GRANT")
  mkdir -p "$RESTORING"
  chmod 700 "$RESTORING"
  if [ "$(restore_says .from.kind)" = file ]; then
    name=$(restore_says .from.path)
    mkdir "$RESTORING/backup"
    { cp "$ROOT$name" "$RESTORING/backup/etcd.db" && sound_snapshot "$RESTORING/backup/etcd.db"; } ||
      die restore "restore.from.path: $name on this machine is no snapshot of etcd that is whole; expected a file that etcd made ('etcdctl snapshot save') and that was copied to this machine; nothing was changed"
    return
  fi
  name=$(store_name "$store")
  [ -n "$(restore_says .password)" ] ||
    die restore "restore.password: found none, and Pulumi's state has no keys of this cluster to derive it from; expected backups.password of the cluster that was lost, or the field password of /var/lib/rackplane/backups.json of one of its machines; nothing was changed"
  have_restic
  say restore start "the backup $(restore_says .snapshot) is brought from $name"
  open_store "$store" "$(restore_says .password)" || die restore "$name is not there; see above; nothing was changed"
  await restore "$FETCH_SECONDS" "the backup $(restore_says .snapshot) of \"$CLUSTER\" from $name, whole; nothing was changed" \
    fetch_backup "$CLUSTER" "$(restore_says .snapshot)" "$RESTORING/backup"
}

# fits_backup: dies where this cluster is not the backup's.
fits_backup() {
  local found file
  if [ -s "$RESTORING/backup/facts.json" ]; then
    found=$(jq -r .version "$RESTORING/backup/facts.json")
    [ "${found%.*}" = "${VERSION%.*}" ] ||
      die restore "kubernetesVersion: found $VERSION, expected $found, which the backup is of, or another patch of it; restore first and upgrade then; nothing was changed"
  fi
  if [ -s "$RESTORING/backup/encryption.json" ] && ! wants_encryption; then
    die restore "apiServer.encryption: found none, expected the backup's: its Secrets are encrypted; nothing was changed"
  fi
  [ -d "$RESTORING/backup/pki" ] || jq -e .pki "$GRANT" >/dev/null ||
    die restore "a snapshot alone has no keys, and Pulumi's state has none either; expected one of both; restore from a backup of Rackplane's, or bring the state back ('pulumi stack import'); nothing was changed"
  if [ ! -d "$RESTORING/backup/pki" ] || ! jq -e .pki "$GRANT" >/dev/null; then return 0; fi
  put_keys "$RESTORING/pki"
  while IFS= read -r file; do
    cmp -s "$RESTORING/backup/pki/$file" "$RESTORING/pki/$file" ||
      die restore "the backup has another $file than Pulumi's state: it is of another cluster, or of other certificates.authorities; expected a backup of \"$CLUSTER\" as it was last; choose one by restore.snapshot; nothing was changed"
  done < <(cd "$RESTORING/pki" && find . -type f -printf '%P\n')
}

# put_backup_keys: those of Pulumi's state where it has them, else the backup's.
put_backup_keys() {
  local file mode
  if jq -e .pki "$GRANT" >/dev/null; then
    put_keys "$PKI"
  else
    while IFS= read -r file; do
      case $file in *.key) mode=600 ;; *) mode=644 ;; esac
      place "$PKI/$file" "$mode" <"$RESTORING/backup/pki/$file"
    done < <(jq -r 'keys_unsorted[]' "$BUNDLE/grant/pki.json")
  fi
  if [ -s "$RESTORING/backup/encryption.json" ]; then
    place "$ENCRYPTION" 600 <"$RESTORING/backup/encryption.json"
  elif wants_encryption; then
    if jq -e .secrets.encryptionKeys "$GRANT" >/dev/null; then write_encryption write null; else make_encryption; fi
  fi
}

# restore_data: a cluster of this member alone, of the snapshot's data. The others join it, as they always do.
restore_data() {
  local words
  say restore start "etcd's data is restored, its revisions raised by $BUMP"
  bring_etcd_image
  words=$("$ETCDUTL" snapshot restore "$RESTORING/backup/etcd.db" --data-dir "$RESTORING/data" --name "$NAME" \
    --initial-cluster "$NAME=https://$ADDRESS:2380" --initial-advertise-peer-urls "https://$ADDRESS:2380" \
    --initial-cluster-token "$CLUSTER-$(restore_says .generation)" --bump-revision "$BUMP" --mark-compacted 2>&1) ||
    die restore "etcdutl did not restore the snapshot: ${words: -400}; expected one of an etcd of this version or the one before; choose another backup by restore.snapshot"
  mkdir -p "$ETCD_HOME"
  chmod 700 "$ETCD_HOME" "$RESTORING/data/member"
  # Another disk, perhaps: whole or not at all.
  rm -rf "$ETCD_HOME/restored"
  cp -a "$RESTORING/data/member" "$ETCD_HOME/restored"
  sync -f "$ETCD_HOME/restored"
  mv "$ETCD_HOME/restored" "$ETCD_DATA"
  say restore "done" "etcd's data and the cluster's keys are in place"
}

# expected_data: what kubeadm's preflight is to pass over, where etcd's data is there on purpose.
expected_data() {
  local path=${ETCD_HOME#"$ROOT"}
  if restores; then echo "--ignore-preflight-errors=DirAvailable-${path//\//-}"; fi
}

# forget_nodes: those of the control plane's machines of before, which are gone; what joins again makes its own. Pods that
# ran there are made elsewhere at once.
forget_nodes() {
  local found
  found=$(kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 20s get nodes -l node-role.kubernetes.io/control-plane -o json) || return 1
  while IFS= read -r found; do
    kubectl --kubeconfig "$KUBERNETES/admin.conf" --request-timeout 20s delete node "$found" --ignore-not-found >&2 || return 1
  done < <(jq -r --arg own "$NAME" '.items[].metadata.name | select(. != $own)' <<<"$found")
}
