# shellcheck shell=bash
# The program that came with the grant takes the place of the installed one.

PROGRAM=$ROOT/opt/rackplane

# install_bundle FILE: every file is written beside its place first, so that the exchange takes an
# instant; files that the bundle no longer has are removed last.
install_bundle() {
  local path content file staged=$PROGRAM.new
  local -A brought=()
  rm -rf "$staged"
  while read -r path content; do
    brought[$path]=yes
    file=$staged/$path
    [ -d "${file%/*}" ] || mkdir -p "${file%/*}"
    base64 -d <<<"$content" >"$file"
    case $path in
    bin/* | verbs/* | steps/*) chmod 0755 "$file" ;;
    *) chmod 0644 "$file" ;;
    esac
  done < <(jq -r '.bundle | to_entries[] | "\(.key | ltrimstr("/opt/rackplane/")) \(.value | @base64)"' "$1")
  # Half a list would have the other half removed below.
  wait "$!" || die bundle "the program in the grant could not be unpacked; see the line above and run 'pulumi up' again"

  while IFS= read -r path; do
    file=$PROGRAM/$path
    [ -d "${file%/*}" ] || mkdir -p "${file%/*}"
    mv -f "$staged/$path" "$file"
  done < <(cd "$staged" && find . -type f -printf '%P\n')
  while IFS= read -r path; do
    [ -n "${brought[$path]:-}" ] || rm -f "$PROGRAM/$path"
  done < <(cd "$PROGRAM" && find . -type f -printf '%P\n')
  find "$PROGRAM" "$staged" -depth -type d -empty -delete

  jq .node "$1" | replace "$NODE_JSON" 0644 || true
  install_facts "$1"
  export RACKPLANE_BUNDLE=$PROGRAM # from here on the new program runs
  "$PROGRAM/bin/rackplane" install >&2
}
