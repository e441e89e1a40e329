# shellcheck shell=bash
# Who may log in here besides those who could before: the public keys of ssh.authorizedKeys, between two lines of this
# program's own in the user's file; every other line stays. Last of all changes, since it is not taken back with another's.
# Sourced by change.sh, after receive/facts.sh.

KEYS_BEGIN="# rackplane: from ssh.authorizedKeys, until the next such line"
KEYS_END="# rackplane: end"

due_ssh_keys() {
  [ "$(kept_keys)" = "$(wanted_keys)" ] || echo "$(wanted_keys | grep -c .) SSH keys of ssh.authorizedKeys may log in as $(ssh_user), and none that it had before"
}

ssh_user() { jq -r '.user // "root"' "$ACCESS_JSON" 2>/dev/null || echo root; }
wanted_keys() { jq -r '.keys[]?' "$ACCESS_JSON" 2>/dev/null || true; }

# keys_file: sshd's default place.
keys_file() {
  local home
  home=$(getent passwd "$(ssh_user)" | cut -d: -f6)
  printf '%s\n' "$ROOT${home:-/root}/.ssh/authorized_keys"
}

# kept_keys: what lies between the two lines.
kept_keys() { sed -n "/^$KEYS_BEGIN$/,/^$KEYS_END$/{/^# rackplane/!p}" "$(keys_file)" 2>/dev/null || true; }

do_ssh_keys() {
  local file user keys
  file=$(keys_file) user=$(ssh_user) keys=$(wanted_keys)
  mkdir -p "${file%/*}"
  {
    sed "/^$KEYS_BEGIN$/,/^$KEYS_END$/d" "$file" 2>/dev/null || true
    [ -z "$keys" ] || printf '%s\n' "$KEYS_BEGIN" "$keys" "$KEYS_END"
  } | place "$file" 600
  chown "$user:" "${file%/*}" "$file"
}
