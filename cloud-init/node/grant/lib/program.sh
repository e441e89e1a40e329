# shellcheck shell=bash
# The program that the launcher has unpacked (BUNDLE) takes the place of the installed one. Sourced after common.sh.

PROGRAM=$ROOT/opt/rackplane

# program_hash DIRECTORY: the SHA-256 of the archive that the program there came from; the launcher writes it there.
program_hash() { cat "$1/hash" 2>/dev/null; }

# install_program: every file is written beside its place first, so that the exchange takes an instant; files that the
# new program no longer has are removed after it. The hash is removed first and written last: a program whose
# installation was cut never counts as one.
install_program() {
  local path file staged=$PROGRAM.new
  [ "$BUNDLE" != "$PROGRAM" ] || return 0
  # Of two that were brought at the same time, over a connection that was cut for instance, one waits.
  mkdir -p "$RUNDIR" "$PROGRAM"
  exec {EXCHANGE}>"$RUNDIR/program.lock"
  flock "$EXCHANGE"
  rm -rf "$staged"
  rm -f "$PROGRAM/hash"
  cp -r "$BUNDLE" "$staged"
  chmod -R u=rwX,go=rX "$staged"
  # A power cut must not leave the hash beside files without content.
  find "$staged" -type f -exec sync {} +
  while IFS= read -r path; do
    file=$PROGRAM/$path
    [ -d "${file%/*}" ] || mkdir -p "${file%/*}"
    mv -f "$staged/$path" "$file"
  done < <(cd "$staged" && find . -type f ! -path ./hash -printf '%P\n')
  # Files that the new program no longer has.
  while IFS= read -r path; do
    [ -e "$BUNDLE/$path" ] || rm -f "$PROGRAM/$path"
  done < <(cd "$PROGRAM" && find . -type f -printf '%P\n')
  [ -z "$(find "$staged" -type f ! -path "$staged/hash")" ] ||
    die program "$PROGRAM could not be written whole; free space on that disk and run 'pulumi up' again"
  sync "$PROGRAM"
  [ ! -e "$staged/hash" ] || mv -f "$staged/hash" "$PROGRAM/hash"
  find "$PROGRAM" "$staged" -depth -type d -empty -delete
  find "$PROGRAM" -type d -exec chmod 755 {} +
  exec {EXCHANGE}>&-
  export RACKPLANE_BUNDLE=$PROGRAM # from here on the new program runs
}
