# shellcheck shell=bash
# Who may log in here besides those who could before: the public keys of ssh.authorizedKeys, between two lines of this
# program's own in the user's file; every other line stays. Sourced after receive/facts.sh.

KEYS_BEGIN="# rackplane: from ssh.authorizedKeys, until the next such line"
KEYS_END="# rackplane: end"

# The file that has such keys, below ROOT: another user, or none any more, must not leave them there.
KEYS_FILE=$STATE/authorized-keys-file

# follow_ssh_keys: a machine that never had such keys is not touched.
follow_ssh_keys() {
  local user home file keys earlier
  keys=$(jq -r '.keys[]?' "$ACCESS_JSON" 2>/dev/null) || keys=
  earlier=$(cat "$KEYS_FILE" 2>/dev/null) || earlier=
  file=$earlier
  if [ -n "$keys" ]; then
    user=$(jq -r '.user // "root"' "$ACCESS_JSON")
    home=$(getent passwd "$user" | cut -d: -f6)
    file=${home:-/root}/.ssh/authorized_keys # sshd's default place
    printf '%s\n' "$file" | place "$KEYS_FILE" 644
    put_ssh_keys "$ROOT$file" "$user:" "$keys"
  fi
  if [ -n "$earlier" ] && { [ -z "$keys" ] || [ "$earlier" != "$file" ]; }; then
    put_ssh_keys "$ROOT$earlier" "$(stat -c %u:%g "$ROOT$earlier" 2>/dev/null)" ""
  fi
  [ -n "$keys" ] || rm -f "$KEYS_FILE"
}

# put_ssh_keys FILE OWNER KEYS: these between the lines of this program's own, or no such lines.
put_ssh_keys() {
  [ "$(sed -n "/^$KEYS_BEGIN$/,/^$KEYS_END$/{/^# rackplane/!p}" "$1" 2>/dev/null)" != "$3" ] || return 0
  mkdir -p "${1%/*}"
  {
    # The last line of a person's own file may have no end.
    sed -e "/^$KEYS_BEGIN$/,/^$KEYS_END$/d" -e "\$a\\" "$1" 2>/dev/null || true
    [ -z "$3" ] || printf '%s\n' "$KEYS_BEGIN" "$3" "$KEYS_END"
  } | place "$1" 600
  [ -z "$2" ] || chown "$2" "${1%/*}" "$1"
}
