# shellcheck shell=bash
# Whether the machine is still the one that is to be wiped. Sourced after common.sh.

# Each resource of Pulumi's that is to wipe this machine, a line each; written when they are made, by themselves.
CLAIMS=$ROOT/etc/rackplane/claims

# refuse_other_cluster CLUSTER: what another cluster's program has put here is not this one's to take away.
refuse_other_cluster() {
  local found
  [ -e "$NODE_JSON" ] || return 0
  found=$(node .cluster.name) || exit 1
  [ "$found" = "$1" ] ||
    die wipe "$(uname -n) is a machine of the cluster \"$found\"; expected \"$1\"; nothing was changed; correct the machine's address in the program, or run 'rackplane wipe $found' here if nothing there is needed"
}

# has_other_name MACHINE: it is in the configuration under another name by now, and a member perhaps.
has_other_name() {
  local found
  found=$(jq -r '.name // empty' "$IDENTITY_JSON" 2>/dev/null) && [ -n "$found" ] && [ "$found" != "$1" ] || return 1
  echo "wipe: this machine is $found by now, and no longer $1; it is left alone" >&2
}

# has_other_claim CLAIM CLUSTER: this claim is given up, and another resource claims the machine: the program has it under
# another component by now, for instance, and what goes is of before.
has_other_claim() {
  local others
  others=$(grep -svxF "$1" "$CLAIMS") || return 1
  place "$CLAIMS" 644 <<<"$others"
  echo "wipe: $(uname -n) is left alone, with the cluster's keys on it: another resource of the program claims it (${others//$'\n'/, }); where there is none, run 'rackplane wipe $2' on it" >&2
}
