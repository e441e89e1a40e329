# shellcheck shell=bash
# Who may log in here besides those who could before: the public keys of ssh.authorizedKeys, between two lines of this
# program's own in the user's file; every other line stays. Sourced after receive/facts.sh.

KEYS_BEGIN="# rackplane: from ssh.authorizedKeys, until the next such line"
KEYS_END="# rackplane: end"

# follow_ssh_keys: a machine that never had such keys is not touched.
follow_ssh_keys() {
  local user home file keys
  [ -e "$ACCESS_JSON" ] || return 0
  user=$(jq -r '.user // "root"' "$ACCESS_JSON")
  home=$(getent passwd "$user" | cut -d: -f6)
  file=$ROOT${home:-/root}/.ssh/authorized_keys # sshd's default place
  keys=$(jq -r '.keys[]?' "$ACCESS_JSON")
  [ "$(sed -n "/^$KEYS_BEGIN$/,/^$KEYS_END$/{/^# rackplane/!p}" "$file" 2>/dev/null)" != "$keys" ] || return 0
  mkdir -p "${file%/*}"
  {
    sed "/^$KEYS_BEGIN$/,/^$KEYS_END$/d" "$file" 2>/dev/null || true
    [ -z "$keys" ] || printf '%s\n' "$KEYS_BEGIN" "$keys" "$KEYS_END"
  } | place "$file" 600
  chown "$user:" "${file%/*}" "$file"
}
