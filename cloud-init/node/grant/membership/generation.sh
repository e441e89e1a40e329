# shellcheck shell=bash
# shellcheck disable=SC2154  # GRANT is lib/grant.sh's
# A person has a machine replaced by raising its generation: one that has joined by a lower number leaves the cluster and
# joins anew. Sourced after lib/grant.sh.

# The number by which this machine has joined; none: 0.
GENERATION=$STATE/generation

wanted_generation() { jq -r '.generation // 0' "$GRANT"; }
joined_generation() { cat "$GENERATION" 2>/dev/null || echo 0; }

# superseded: the grant asks for another machine than the one that has joined.
superseded() { [ "$(joined_generation)" -lt "$(wanted_generation)" ]; }

# note_generation: from here on this machine is the one that the grant asks for. A number that goes back replaces nothing,
# and is followed, so that raising it again does.
note_generation() {
  if [ "$(joined_generation)" = "$(wanted_generation)" ]; then return 0; fi
  wanted_generation | place "$GENERATION" 644
  sync "$GENERATION"
}
