# shellcheck shell=sh
# Brings a machine that exists as far as user data brings a rented one: {"files": {path: {mode, content}}} on
# standard input becomes the on-node program, node.json and identity.json, and `rackplane prepare` starts. Runs as
# root on a plain Debian or Ubuntu, which may have neither jq nor python; safe to cut and to run again.
set -eu
umask 077
export LC_ALL=C
# A login without root's profile has no sbin.
PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin
# Tests run this as it is in a directory of their own.
root=${RACKPLANE_ROOT:-}
program=$root/opt/rackplane

die() {
  echo "rackplane: $*" >&2
  exit 1
}

# All of it before anything changes; what a cut connection leaves is no JSON.
work=$(mktemp -d "$root/run/rackplane-bootstrap.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
cat >"$work/input.json"

[ -d "$root/run/systemd/system" ] || die "found no systemd on $(uname -n), expected it as init; use Debian 12, Ubuntu 22.04 or 24.04"
command -v apt-get >/dev/null || die "found no apt-get on $(uname -n), expected Debian 12, Ubuntu 22.04 or 24.04; install one of them"

# An earlier run whose connection was cut may still be at work.
exec 9>"$root/run/rackplane-bootstrap.lock"
flock -w 900 9 || die "another preparation holds /run/rackplane-bootstrap.lock for 15 minutes; look at 'ps axf' on $(uname -n) and run 'pulumi up' again"

if ! command -v jq >/dev/null; then
  echo "installing jq" >&2
  export DEBIAN_FRONTEND=noninteractive
  # A power cut in the middle of an installation leaves dpkg waiting for this.
  dpkg --configure -a >&2
  apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 update >&2 ||
    die "apt-get update failed on $(uname -n), expected the distribution's packages (jq is needed); check /etc/apt and the machine's way to its mirror"
  apt-get -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 install -y --no-install-recommends jq >&2 ||
    die "apt-get install jq failed on $(uname -n); mend what it says above and run 'pulumi up' again"
fi

# -n and input: an empty file would else be no error.
jq -ne 'input | .files | type == "object" and length > 0' "$work/input.json" >/dev/null 2>&1 ||
  die "standard input is no list of files; the connection was probably cut, run 'pulumi up' again"

# A machine that has had its grant gets new programs by its grants, one machine after the other.
if [ ! -e "$program/verbs/member.sh" ]; then
  # The steps of a preparation that runs stay as they are until it ends; each has a deadline of its own.
  while case $(systemctl show --property SubState --value rackplane-prepare.service) in start*) true ;; *) false ;; esac do
    [ -n "${told:-}" ] || echo "a preparation is running; waiting for its end" >&2
    told=yes
    sleep 1
  done

  jq -r '.files | to_entries[] | "\(.value.mode) \(.key) \(.value.content | @base64)"' "$work/input.json" >"$work/files"
  changed=
  while read -r mode path content; do
    printf '%s' "$content" | base64 -d >"$work/content"
    path=$root$path
    if ! cmp -s "$work/content" "$path"; then
      # From here on the machine counts as unprepared, also if this is cut.
      rm -f "$root/run/rackplane/prepared"
      changed=yes
      mkdir -p "$(dirname "$path")"
      cp "$work/content" "$path.rackplane-new"
      chmod "$mode" "$path.rackplane-new"
      sync "$path.rackplane-new"
      mv -f "$path.rackplane-new" "$path"
    fi
  done <"$work/files"
  chmod 0755 "$program" "$program"/*/ "$root/etc/rackplane"

  if [ -n "$changed" ] || [ ! -e "$root/run/rackplane/prepared" ]; then
    # A preparation that ended well counts as started; `install` starts it, with the files of now.
    systemctl stop rackplane-prepare.service 2>/dev/null || true
    systemctl reset-failed rackplane-prepare.service 2>/dev/null || true
    "$program/bin/rackplane" install >&2
  fi
fi

exec 9>&-
rm -rf "$work"
exec "$program/bin/rackplane" await prepared
