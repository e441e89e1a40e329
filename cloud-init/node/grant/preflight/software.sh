# shellcheck shell=bash
# What runs on the machine already: which ports are taken, which cluster the machine is in.

# listeners: ports that something listens on, one a line. From the kernel's own table, as `ss` may be missing.
listeners() {
  local file address state
  for file in "${ROOT:-}/proc/net/tcp" "${ROOT:-}/proc/net/tcp6"; do
    [ ! -r "$file" ] || while read -r _ address _ state _; do
      [ "$state" != 0A ] || echo $((16#${address##*:}))
    done <"$file"
  done | sort -un
}

check_ports() {
  local port wanted=() taken
  # A cluster that runs here has its ports, and is a finding of its own.
  ! ours && [ -z "$(foreign_part)" ] || return 0
  case ${ASKED[role]} in
  control-plane)
    wanted=("${ASKED[apiPort]}" 2379 2380 10250 10257 10259)
    [ "${ASKED[kind]}" != keepalived ] || wanted+=("${ASKED[port]}")
    ;;
  worker) wanted=(10250) ;;
  balancer) wanted=("${ASKED[port]}") ;;
  esac
  # Numbers with spaces between them.
  # shellcheck disable=SC2206
  wanted+=(${ASKED[localPort]:-} ${ASKED[furtherPorts]:-})
  taken=" $(listeners | tr '\n' ' ') "
  for port in "${wanted[@]}"; do
    [[ $taken != *" $port "* ]] ||
      finding port "something that listens on port $port" "the port free" "see 'ss -ltnp sport = :$port' on it, and stop or move that"
  done
}

# A machine of a cluster that this program did not make is left alone: nothing here takes such a cluster over
# (docs/adopt.md).
check_cluster() {
  local part
  ! ours || return 0
  part=$(foreign_part)
  [ -z "$part" ] || {
    finding cluster "$part, of a cluster that is not \"${ASKED[cluster]}\" of this program$(foreign_cluster)" "a machine that is in no cluster" \
      "clusters are not taken over (docs/adopt.md): take another machine, or, if nothing there is needed, run 'kubeadm reset' on it and remove ${ASKED[etcdDirectory]:-/var/lib/etcd}"
    return 0
  }
  # node.json without a cluster: another program has prepared this machine.
  [ ! -e "${ROOT:-}/etc/rackplane/node.json" ] ||
    finding cluster "/etc/rackplane/node.json of another cluster" "none, or \"${ASKED[cluster]}\"'s" \
      "take the machine out of that program, or remove /etc/rackplane, /var/lib/rackplane and /opt/rackplane from it"
}

check_etcd_directory() {
  local found
  [ -n "${ASKED[etcdDirectory]:-}" ] || return 0
  found=$(against_directory "${ASKED[etcdDirectory]}")
  [ -z "$found" ] ||
    finding etcd-directory "$found" "a folder below the place at which its disk is mounted (etcd.dataDirectory)" \
      "mount the disk there ('/etc/fstab'), or name another folder"
}

# systemd runs the program, apt brings the packages.
check_programs() {
  local program
  for program in systemctl apt-get ip awk; do
    command -v "$program" >/dev/null ||
      finding programs "no $program" "it, as every Debian and Ubuntu server has it" "install $DISTRIBUTIONS"
  done
}
