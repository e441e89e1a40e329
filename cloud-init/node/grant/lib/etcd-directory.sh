# shellcheck shell=bash
# The folder for etcd's data on a disk of its own (etcd.dataDirectory). Plain bash, since preflight may find no jq.

# against_directory PATH: what speaks against it; nothing where etcd may have it. The disk is mounted above it: if the folder
# were the place itself, it would be there, and empty, at a boot without the disk.
against_directory() {
  local disk=${1%/*}
  if [ ! -d "${ROOT:-}$disk" ]; then
    echo "no $disk"
  elif [ -d "${ROOT:-}$1" ] && [ "$(stat -c %d "${ROOT:-}$1")" != "$(stat -c %d "${ROOT:-}$disk")" ]; then
    echo "a disk that is mounted at $1 itself"
  fi
}
