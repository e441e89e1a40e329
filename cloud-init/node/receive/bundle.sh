# shellcheck shell=bash
# The program that came with the grant takes the place of the installed one.

PROGRAM=$ROOT/opt/rackplane

# install_bundle FILE: every file is written beside its place first, so that the exchange takes an
# instant; files that the bundle no longer has are removed last.
install_bundle() {
  local path content staged=$PROGRAM.new
  rm -rf "$staged"
  while read -r path content; do
    mkdir -p "$(dirname "$staged/$path")"
    base64 -d <<<"$content" >"$staged/$path"
    case $path in
      bin/* | verbs/* | steps/*) chmod 0755 "$staged/$path" ;;
      *) chmod 0644 "$staged/$path" ;;
    esac
  done < <(jq -r '.bundle | to_entries[] | "\(.key | ltrimstr("/opt/rackplane/")) \(.value | @base64)"' "$1")

  while IFS= read -r path; do
    mkdir -p "$(dirname "$PROGRAM/$path")"
    mv -f "$staged/$path" "$PROGRAM/$path"
  done < <(cd "$staged" && find . -type f -printf '%P\n')
  while IFS= read -r path; do
    jq -e --arg path "/opt/rackplane/$path" '.bundle | has($path)' "$1" >/dev/null || rm -f "$PROGRAM/$path"
  done < <(cd "$PROGRAM" && find . -type f -printf '%P\n')
  find "$PROGRAM" "$staged" -depth -type d -empty -delete

  jq .node "$1" | replace "$NODE_JSON" 0644 || true
  install_facts "$1"
  export RACKPLANE_BUNDLE=$PROGRAM # from here on the new program runs
  "$PROGRAM/bin/rackplane" install >&2
}
