# shellcheck shell=bash
# curl as an administrator of the cluster. Sourced after common.sh.

# know_administrator KUBECONFIG: sets ADMINISTRATOR to curl's options of the client that this kubeconfig is for; fails where
# there is none. Not the API server's own client certificate: kubeadm 1.33 makes it without a group, and then it may free no
# lease (measured with 1.33.13). The file lies in a tmpfs and is made anew with the kubeconfig.
know_administrator() {
  local file=$RUNDIR/administrator.pem
  [ -s "$1" ] || return 1
  if [ ! -s "$file" ] || [ "$1" -nt "$file" ]; then
    sed -nE 's/^ *client-(certificate|key)-data: *//p' "$1" | while IFS= read -r part; do base64 -d <<<"$part"; done | place "$file" 600
  fi
  [ -s "$file" ] || return 1
  # shellcheck disable=SC2034  # who sources this reads it
  ADMINISTRATOR=(--cert "$file")
}
