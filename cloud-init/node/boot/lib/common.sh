# shellcheck shell=bash
# What every step and verb shares: where things are, how progress is told, how a condition is awaited.
# Sourced after `set -euo pipefail`.
# shellcheck disable=SC2034  # the names below are read by the scripts that source this file

# A prefix for every absolute path, so that tests run the scripts as they are in a directory of their own.
ROOT=${RACKPLANE_ROOT:-}
# bin/rackplane says where the program's parts are; the caller's directory does not matter.
BUNDLE=${RACKPLANE_BUNDLE:-/opt/rackplane}
NODE_JSON=$ROOT/etc/rackplane/node.json
STATE=$ROOT/var/lib/rackplane
RUNDIR=$ROOT/run/rackplane
MACHINE_JSON=$STATE/machine.json
METADATA_JSON=$STATE/metadata.json
# Who this machine is when no platform tells, every control-plane machine, and the secret settings (0600). A grant
# brings all three; identity.json may come before the first grant.
IDENTITY_JSON=$ROOT/etc/rackplane/identity.json
ROSTER_JSON=$ROOT/etc/rackplane/roster.json
SECRETS_JSON=$STATE/secrets.json
# kubeadm's documents of this control-plane machine, as its last grant brought them; no secret.
KUBEADM_JSON=$STATE/kubeadm.json
STATUS=$STATE/status
PKI=$ROOT/etc/kubernetes/pki
VERB=${RACKPLANE_VERB:-prepare}
umask 077
# kubectl keeps what it has read of an API in a folder of root's otherwise, where it would outlive the cluster.
export KUBECACHEDIR=$RUNDIR/kubectl

# node FILTER [JQ OPTION...]: a value of node.json, raw; fails when it is null, naming the filter.
node() { field "$NODE_JSON" "$@"; }
# machine FILTER [JQ OPTION...]: a value of machine.json (who this machine is), raw.
machine() { field "$MACHINE_JSON" "$@"; }

field() {
  local file=$1 filter=$2
  shift 2
  jq -re "$@" "$filter | if . == null then empty else . end" "$file" ||
    {
      echo "rackplane: $file: $filter is missing; the file was made by another version of this program: send the machine a new grant with 'pulumi up'" >&2
      return 1
    }
}

# say STEP STATE MESSAGE: one line of progress; STATE is start, wait, done or failed.
# It goes to the journal (standard error) and to the status file that a waiting `pulumi up` shows.
say() {
  # One line is one entry: what a program answered may hold line ends and tabs.
  local message=${3//[$'\t\r\n']/ } mark=
  [ "$2" = start ] || mark="$2: "
  # A full disk takes the line away, never the program that tells it.
  [ -d "$STATE" ] || mkdir -p "$STATE" || true
  printf '%s\t%s\t%s\t%s\t%s\n' "$EPOCHREALTIME" "$VERB" "$1" "$2" "$message" 2>/dev/null >>"$STATUS" || true
  printf '%s %s: %s%s\n' "$VERB" "$1" "$mark" "$message" >&2 || true
}

# die STEP MESSAGE: the step failed; the message says what was found, what was expected and what to do.
die() {
  say "$1" failed "$2"
  exit 1
}

# await STEP SECONDS WHAT COMMAND...: runs COMMAND about once a second until it succeeds; past the
# deadline the step fails and names WHAT it waited for and the command's last words.
await() {
  local step=$1 seconds=$2 what=$3 deadline words said=
  shift 3
  tell_uptime
  deadline=$((UPTIME + seconds * 1000000))
  until words=$("$@" 2>&1); do
    [ -n "$said" ] || say "$step" wait "$what (at most $seconds s)"
    said=yes
    # The end of a long answer is where a program says why.
    [ ${#words} -le 600 ] || words="...${words: -600}"
    tell_uptime
    [ "$UPTIME" -lt "$deadline" ] || die "$step" "waited $seconds s for $what; last answer: ${words:-none}"
    pause "${RACKPLANE_POLL:-1}"
  done
}

# tell_uptime: sets UPTIME, in microseconds since boot, by the hundredth of a second. bash's own clocks follow the date,
# which a time server may set back or forward by minutes.
tell_uptime() {
  read -r UPTIME _ </proc/uptime
  UPTIME=${UPTIME/./}0000
}

# pause SECONDS without forking: a read that nothing answers.
pause() {
  [ -n "${PAUSE_FD:-}" ] || exec {PAUSE_FD}<> <(:)
  read -rt "$1" -u "$PAUSE_FD" || true
}

# place FILE MODE: writes standard input to FILE by a rename; fails when it cannot.
place() {
  replace "$@" || [ $? = 1 ]
}

# replace FILE MODE: the same, and tells whether the content changed: 0 when it did, 1 when not, 2 when FILE
# could not be written; the old content is then still there.
replace() {
  local file=$1 mode=$2 new
  # Callers test the result, which switches `set -e` off in here.
  [ -d "${file%/*}" ] || mkdir -p "${file%/*}" || return 2
  new=$(mktemp "$file.XXXXXX") || return 2
  cat >"$new" || {
    rm -f "$new"
    return 2
  }
  if [ -e "$file" ] && cmp -s "$new" "$file"; then
    rm -f "$new"
    chmod "$mode" "$file"
    return 1
  fi
  # mktemp has made it 0600.
  { [ "${mode#0}" = 600 ] || chmod "$mode" "$new"; } && mv -f "$new" "$file" || return 2
}
