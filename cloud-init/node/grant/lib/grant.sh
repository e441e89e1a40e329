# shellcheck shell=bash
# shellcheck disable=SC2034  # the files that source this one read its variables
# How a verb uses its grant: the grant's values as variables, a work directory, the result, the clean-up.
# Sourced after common.sh.

GRANT=$RUNDIR/grant.json
RESULT=$RUNDIR/result.json
# Everything secret that a verb writes besides the keys themselves; a tmpfs, gone when the verb ends.
WORK=$RUNDIR/work
# Functions to run when the verb ends, however it ends; the last one first, as each was begun within those before.
ENDINGS=()

# granted VERB: the first call of a granted verb. Only one verb runs at a time; the grant is wiped however the verb
# ends.
# Sets NAME, ADDRESS, VIP, PORT, API_PORT (the API servers' own), DEADLINE, CLUSTER (its name), VERSION, ROSTER
# (every machine's name, separated by commas) and OTHERS: the private addresses of the other control-plane
# machines, separated by spaces.
granted() {
  VERB=$1
  mkdir -p "$RUNDIR"
  trap at_end EXIT
  exec {LOCK}>"$RUNDIR/lock"
  flock -w 60 "$LOCK" ||
    die grant "another verb of rackplane holds $RUNDIR/lock; expected none to run beside '$VERB'; wait for it ('systemctl list-units rackplane-*') and run 'pulumi up' again"
  # `receive` has checked the shape. One call of jq, since starting jq takes most of the time.
  local found=
  read -r found NAME ADDRESS VIP PORT API_PORT DEADLINE CLUSTER VERSION ROSTER OTHERS < <(jq -r '.machine as $own | [
    .verb, $own.name, $own.address, (.node.endpoint | .address, .port, .apiServerPort // .port), .node.deadlines.member,
    .node.cluster.name, .node.cluster.kubernetesVersion, ([.roster[].name] | join(",")),
    (.roster[] | select(.name != $own.name) | .address)] | join(" ")' "$GRANT") || true
  [ "$found" = "$VERB" ] ||
    die grant "$GRANT holds no grant for '$VERB'; this verb is started by 'rackplane receive' with one: run 'pulumi up'"
  rm -rf "$WORK" "$RESULT"
  mkdir -p "$WORK"
}

at_end() {
  local i
  for ((i = ${#ENDINGS[@]} - 1; i >= 0; i--)); do "${ENDINGS[i]}" || true; done
  rm -rf "$GRANT" "$WORK"
}

# publish: standard input becomes the verb's result, whole or not at all. A verb calls it last.
publish() { replace "$RESULT" 0600 || true; }

# kubeadm_config FILE [JSON]: kubeadm's init documents as a file; JSON is laid over ClusterConfiguration.
kubeadm_config() {
  jq -r --argjson over "${2:-{\}}" '.kubeadm.init[]
    | if .kind == "ClusterConfiguration" then . + $over else . end
    | "---", tojson' "$GRANT" >"$1"
}

# put_keys DIRECTORY: the cluster's keys as files, as they lie below /etc/kubernetes/pki.
put_keys() {
  local file content mode
  while read -r file content; do
    case $file in *.key) mode=0600 ;; *) mode=0644 ;; esac
    base64 -d <<<"$content" | replace "$1/$file" "$mode" || true
    [ -s "$1/$file" ] || die keys "$1/$file could not be written; free space on that disk and run 'pulumi up' again"
  done < <(jq -r '.pki // {} | to_entries[] | "\(.key) \(.value | @base64)"' "$GRANT")
}
