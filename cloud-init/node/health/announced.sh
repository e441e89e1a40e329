# shellcheck shell=bash

# healthy_announced: this machine's announcer says that it announces the VIP.
healthy_announced() {
  local word='' rest=''
  [ ! -e "$RUNDIR/announcing" ] || read -r word rest <"$RUNDIR/announcing" || true
  [ "$word" = yes ] || {
    echo "${word:-the announcer has not spoken yet} ${rest}"
    return 1
  }
}
