# shellcheck shell=bash
# What a member's last grant said, kept from the moment at which the next one comes until that one is carried out.
# Sourced after common.sh.

PREVIOUS=$RUNDIR/previous
FACTS=("$NODE_JSON" "$ROSTER_JSON" "$IDENTITY_JSON" "$SECRETS_JSON" "$KUBEADM_JSON")

# keep_previous: an edit that was cut half-way leaves the settings from before it; they stay.
keep_previous() {
  local file
  [ ! -d "$PREVIOUS" ] || return 0
  mkdir -p "$PREVIOUS.new"
  for file in "${FACTS[@]}"; do
    [ ! -e "$file" ] || cp -p "$file" "$PREVIOUS.new/"
  done
  mv "$PREVIOUS.new" "$PREVIOUS"
}

restore_previous() {
  local file kept mode
  for file in "${FACTS[@]}"; do
    kept=$PREVIOUS/${file##*/}
    if [ -e "$kept" ]; then
      mode=$(stat -c %a "$kept")
      place "$file" "$mode" <"$kept"
    else
      rm -f "$file"
    fi
  done
  rm -rf "$PREVIOUS"
}
