# shellcheck shell=bash
# Where backups are kept. restic encrypts them, finds what it keeps by its SHA-256, and leaves older ones out. One store is
# open at a time. Sourced after common.sh and boot/lib/packages.sh; WORK, a folder in a tmpfs, gets the store's keys.

# Backups on the machine itself, root's alone.
OWN_STORE=$STATE/backups
# Seconds for one call of restic. A full disk of etcd's, 8 GiB, takes 22 minutes at 50 Mbit/s.
STORE_SECONDS=3600
STORE_OPTIONS=()

# have_restic: from the distribution, where it is not here. A machine without a package mirror needs it in its image.
have_restic() {
  command -v restic >/dev/null 2>&1 || await backup 900 "restic from the distribution's package mirror, which encrypts backups" install_restic
}
install_restic() { apt_get install --no-install-recommends restic || { apt_get update && apt_get install --no-install-recommends restic; }; }

# store_name STORE: what a person calls it. STORE is the object that the grant has of it, here and below.
store_name() {
  jq -r 'if .kind == "machine" then "this machine" elif .kind == "sftp" then "\(.user)@\(.host):\(.path)"
    elif .kind == "s3" then "\(.endpoint)/\(.bucket)\(if .path == "" then "" else "/\(.path)" end)" else .path end' <<<"$1"
}

# open_store STORE PASSWORD: restic's environment. No key stands in an argument, where a list of processes would show it.
open_store() {
  local kind
  STORE_OPTIONS=()
  mkdir -p "$WORK"
  export RESTIC_PASSWORD_FILE=$WORK/store-password TZ=UTC HOME=${HOME:-/root}
  printf '%s' "$2" | place "$RESTIC_PASSWORD_FILE" 600
  kind=$(jq -r .kind <<<"$1")
  case $kind in
  machine)
    export RESTIC_REPOSITORY=$OWN_STORE
    mkdir -p "$OWN_STORE"
    chmod 700 "$OWN_STORE"
    ;;
  directory) open_directory "$1" ;;
  sftp) open_sftp "$1" ;;
  s3) open_s3 "$1" ;;
  esac
}

# open_directory STORE: the folder has to be there, so that a disk that is not mounted is missed.
open_directory() {
  local path
  path=$(jq -r .path <<<"$1")
  export RESTIC_REPOSITORY=$ROOT$path
  [ -d "$RESTIC_REPOSITORY" ] || {
    echo "found no $path on this machine, expected a folder on a disk that is mounted; mount it, and make the folder once"
    return 1
  }
}

open_sftp() {
  local host port user path
  IFS=$'\t' read -r host port user path < <(jq -r '[.host, .port, .user, .path] | @tsv' <<<"$1")
  jq -r .privateKey <<<"$1" | place "$WORK/store-key" 600
  jq -r '"store \(.hostKey)"' <<<"$1" | place "$WORK/store-host" 600
  export RESTIC_REPOSITORY=sftp:$user@$host:$path
  STORE_OPTIONS=(-o "sftp.command=ssh -i $WORK/store-key -p $port -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=10 -o ServerAliveInterval=15 -o HostKeyAlias=store -o StrictHostKeyChecking=yes -o GlobalKnownHostsFile=/dev/null -o UserKnownHostsFile=$WORK/store-host $user@$host -s sftp")
}

open_s3() {
  local endpoint bucket path region
  IFS=$'\t' read -r endpoint bucket region path < <(jq -r '[.endpoint, .bucket, .region, .path] | @tsv' <<<"$1") || true
  AWS_ACCESS_KEY_ID=$(jq -r .accessKey <<<"$1") AWS_SECRET_ACCESS_KEY=$(jq -r .secretKey <<<"$1")
  export AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_DEFAULT_REGION=$region RESTIC_REPOSITORY=s3:$endpoint/$bucket${path:+/$path}
  if jq -e .caCertificate <<<"$1" >/dev/null; then
    jq -r .caCertificate <<<"$1" | place "$WORK/store-ca" 600
    STORE_OPTIONS=(--cacert "$WORK/store-ca")
  fi
}

# in_store WORD...: restic on the open store. It keeps no cache: this is twice a day, and what it would keep is on a disk.
in_store() { timeout "$STORE_SECONDS" restic --no-cache --quiet "${STORE_OPTIONS[@]}" "$@"; }

# find_store: the open store is there. Sets MISSING where it is reached and has never been made; else fails, saying why. Of
# 0.14, restic tells one from the other in words alone.
find_store() {
  local words
  MISSING=
  words=$(in_store cat config 2>&1) && return
  [[ $words =~ 'does not exist'|'no such file' ]] || {
    printf '%s\n' "$words"
    return 1
  }
  # shellcheck disable=SC2034  # the verbs read it
  MISSING=yes
}

# make_store: an empty one. Two machines that made it at once would each have a key that does not open what the other writes.
make_store() { in_store init >/dev/null; }

# kept CLUSTER: that cluster's backups in the open store, the newest last, one a line: ID, seconds since 1970, bytes.
kept() {
  local found
  found=$(in_store snapshots --json --host "$1" --tag rackplane) || return 1
  jq -r 'sort_by(.time)[] | "\(.short_id) \(.time[:19] + "Z" | fromdate) \([.tags[]? | select(startswith("bytes=")) | .[6:]] | first // "0")"' <<<"$found"
}

# fetch_backup CLUSTER ID FOLDER: that backup, or the newest with `latest`, as files; each is what it was when it was made.
fetch_backup() {
  rm -rf "$3"
  mkdir -p "$3"
  in_store restore "$2" --host "$1" --tag rackplane --target "$3" >/dev/null || return 1
  { (cd "$3" && sha256sum --quiet --strict -c sums) && sound_snapshot "$3/etcd.db"; } || {
    echo "the backup $2 is not what was backed up; expected the sums of its own list; choose another one ('rackplane backups')"
    return 1
  }
}
