# shellcheck shell=bash
# One set of keys is one cluster: a machine that carries another set belongs to another cluster. While certificate
# authorities are exchanged, the set of the step before is the cluster's, too.
# Sourced after membership/authorities.sh, which join.sh brings.

# refuse_other_keys: dies when a key on this machine differs from the grant's. The keys of an unfinished form never left
# this machine: they are leftovers and are removed with the rest.
refuse_other_keys() {
  local file found wanted words
  mkdir -p "$WORK/pki"
  put_keys "$WORK/pki"
  found=$(find "$WORK/pki" -type f | wc -l)
  wanted=$(jq length "$BUNDLE/grant/pki.json")
  [ "$found" = "$wanted" ] ||
    die keys "the grant holds $found keys, expected $wanted; a member's grant carries the result of 'form': run 'pulumi up'"
  [ "$(formation)" != forming ] || return 0
  while IFS= read -r file; do
    if [ -e "$PKI/$file" ] && ! cmp -s "$WORK/pki/$file" "$PKI/$file" && ! leads_to_grant "$file"; then
      words=$(stage_words "$file")
      [ -z "$words" ] || die authorities "$words; nothing was changed (docs/authorities.md)"
      die keys "$PKI/$file differs from the grant's: this machine carries the keys of another cluster, or of another certificates.authorities.generation; expected none or \"$CLUSTER\"'s; replace the machine, or run 'kubeadm reset' on it if nothing there is needed"
    fi
  done < <(find "$WORK/pki" -type f -printf '%P\n')
}
