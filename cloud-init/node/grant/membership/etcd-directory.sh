# shellcheck shell=bash
# shellcheck disable=SC2154  # ETCD_HOME is records.sh's
# Before a machine forms or joins: the folder for etcd's data is where a missing disk would be seen, and holds no data of
# another cluster. Sourced after records.sh.

# shellcheck source=../lib/etcd-directory.sh
. "$BUNDLE/grant/lib/etcd-directory.sh"

refuse_data_directory() {
  local path=${ETCD_HOME#"$ROOT"} found
  [ "$path" != /var/lib/etcd ] || return 0
  found=$(against_directory "$path")
  [ -z "$found" ] ||
    die etcd "etcd.dataDirectory: found $found on this machine, expected a folder below the place at which its disk is mounted; mount the disk ('/etc/fstab') and run 'pulumi up' again; nothing was changed"
  # What this cluster left here has a record, or files of Kubernetes beside it.
  if [ -e "$ETCD_DATA" ] && [ "$(formation)" = none ] && [ ! -e "$JOINING" ] && ! kubernetes_here; then
    die etcd "etcd.dataDirectory: found $ETCD_DATA, the data of a cluster that this machine is no member of, expected an empty folder; move it away if anything there is needed, remove it otherwise, and run 'pulumi up' again; nothing was changed"
  fi
}
