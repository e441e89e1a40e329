# shellcheck shell=bash

healthy_prepared() {
  [ -e "$RUNDIR/prepared" ] || {
    echo "$RUNDIR/prepared is missing: the preparation of this boot has not ended"
    return 1
  }
}
