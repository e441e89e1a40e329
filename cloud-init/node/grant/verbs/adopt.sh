#!/usr/bin/env bash
# adopt                        brings a machine that exists as far as user data brings a rented one, and awaits it
# Standard input, {"node": ..., "identity": ...}, becomes node.json and identity.json; this program is installed and
# `rackplane prepare` starts. It runs on a plain Debian or Ubuntu, which may lack jq, and may be cut and run again.
set -euo pipefail
# shellcheck source=../../boot/lib/common.sh
. "$RACKPLANE_BUNDLE/boot/lib/common.sh"
# shellcheck source=../lib/program.sh
. "$BUNDLE/grant/lib/program.sh"
# shellcheck source=../lib/proxy.sh
. "$BUNDLE/grant/lib/proxy.sh"

refuse() {
  echo "rackplane: $*" >&2
  exit 1
}

# The input is read whole before anything changes: the part that a cut connection leaves is not valid JSON.
INPUT=$(mktemp -d "$ROOT/run/rackplane-adopt.XXXXXX")
trap 'rm -rf "$INPUT"' EXIT
cat >"$INPUT/input.json"

[ -d "$ROOT/run/systemd/system" ] || refuse "found no systemd on $(uname -n), expected it as init, as Debian and Ubuntu have it"
command -v apt-get >/dev/null || refuse "found no apt-get on $(uname -n), expected Debian or Ubuntu; install one of them"

# An earlier run whose connection was cut may still be at work.
exec 9>"$ROOT/run/rackplane-adopt.lock"
flock -w 900 9 || refuse "another preparation holds /run/rackplane-adopt.lock for 15 minutes; look at 'ps axf' on $(uname -n) and run 'pulumi up' again"

install_jq() {
  local options=(-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3) environment
  echo "installing jq" >&2
  # Without jq there is only this way to find the proxy. No other text of the input may hold quotes.
  read -ra environment < <(sed -n 's/.*"downloadEnvironment":"\([^"]*\)".*/\1/p' "$INPUT/input.json") || true
  [ ${#environment[@]} -eq 0 ] || export "${environment[@]}"
  export DEBIAN_FRONTEND=noninteractive
  # A power cut in the middle of an installation leaves dpkg waiting for this.
  (umask 022 && dpkg --configure -a >&2)
  # apt's unprivileged helper must be able to read the files that apt writes.
  (umask 022 && apt-get "${options[@]}" update >&2) ||
    refuse "apt-get update failed on $(uname -n), expected the distribution's packages (jq is needed); check /etc/apt and the machine's way to its mirror"
  (umask 022 && apt-get "${options[@]}" install -y --no-install-recommends jq >&2) ||
    refuse "apt-get install jq failed on $(uname -n); mend what it says above and run 'pulumi up' again"
}

# put KEY FILE: writes that part of the input to FILE. A change first removes the mark `prepared`, so that the machine
# counts as unprepared even if this run is cut.
put() {
  jq ".$1" "$INPUT/input.json" >"$INPUT/content"
  if ! cmp -s "$INPUT/content" "$2"; then
    rm -f "$RUNDIR/prepared"
    changed=yes
    place "$2" 0644 <"$INPUT/content"
  fi
}

# prepare_anew: exchanges the files only while no preparation runs. That wait ends: each step of one has a deadline.
prepare_anew() {
  local told='' changed=''
  while case $(systemctl show --property SubState --value rackplane-prepare.service) in start*) true ;; *) false ;; esac do
    [ -n "$told" ] || echo "a preparation is running; waiting for its end" >&2
    told=yes
    pause "${RACKPLANE_POLL:-1}"
  done
  put node "$NODE_JSON"
  put identity "$IDENTITY_JSON"
  install_proxy
  chmod 0755 "${NODE_JSON%/*}"
  if [ "$BUNDLE" != "$PROGRAM" ]; then
    rm -f "$RUNDIR/prepared"
    changed=yes
    install_program
  fi
  if [ -n "$changed" ] || [ ! -e "$RUNDIR/prepared" ]; then
    # systemd counts a preparation that ended well as started, so it is stopped; `install` starts it with the new files.
    systemctl stop rackplane-prepare.service 2>/dev/null || true
    systemctl reset-failed rackplane-prepare.service 2>/dev/null || true
    "$PROGRAM/bin/rackplane" install >&2
  fi
}

command -v jq >/dev/null || install_jq
# With -n and `input`, an empty file is an error; without them jq would take it for success.
jq -ne 'input | (.node | type == "object") and (.identity | type == "object")' "$INPUT/input.json" >/dev/null 2>&1 ||
  refuse "standard input is no node.json and identity.json; the connection was probably cut, run 'pulumi up' again"
# After its first grant a machine gets new programs only by grants, so that machines change one after the other.
if [ ! -e "$ROSTER_JSON" ]; then
  prepare_anew
elif [ -e "$PROGRAM.new" ]; then
  # An exchange that a power cut ended leaves a machine that cannot even be prepared.
  install_program
  "$PROGRAM/bin/rackplane" install >&2
fi
exec 9>&-
rm -rf "$INPUT"
# By this program's own parts: the installed one may be an earlier one, whose parts lie elsewhere.
exec bash "$RACKPLANE_BUNDLE/bin/rackplane" await prepared
