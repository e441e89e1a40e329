# shellcheck shell=bash
# The machine itself: the rights of the login, the distribution, size, clock, host name and swap.

check_root() {
  [ "$(id -u)" = 0 ] || [ -n "${ROOT:-}" ] ||
    finding root "logged in as $(id -un), who is not root" "root, or a user with 'sudo' that asks for no password" \
      "set the user to root, or give $(id -un) NOPASSWD in /etc/sudoers.d"
}

# os_release NAME: a value of /etc/os-release; read, not sourced.
os_release() { sed -n "s/^$1=//p" "${ROOT:-}/etc/os-release" 2>/dev/null | tr -d '"'; }

# As cloud-init/operating-systems.ts lists them.
DISTRIBUTIONS="Ubuntu 22.04, Ubuntu 24.04, Ubuntu 26.04, Debian 12 or Debian 13"

check_distribution() {
  local id version
  id=$(os_release ID) version=$(os_release VERSION_ID)
  [[ ", ${DISTRIBUTIONS/ or /, }, " == *", ${id^} $version, "* ]] ||
    finding distribution "${id:-unknown} $version" "$DISTRIBUTIONS" "install one of these"
}

check_size() {
  local cpus memory
  cpus=$(nproc)
  memory=$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' "${ROOT:-}/proc/meminfo")
  # Isolation's figures may have a fraction.
  awk -v found="$cpus" -v wanted="${ASKED[cpus]:-1}" 'BEGIN { exit !(found < wanted) }' &&
    finding cpus "$cpus CPUs" "${ASKED[cpus]} or more" "take a larger machine, or lower controlPlane.isolation"
  awk -v found="$memory" -v wanted="${ASKED[memoryMiB]:-1}" 'BEGIN { exit !(found < wanted) }' &&
    finding memory "$memory MiB of memory" "${ASKED[memoryMiB]} MiB or more" "take a larger machine, or lower controlPlane.isolation"
  return 0
}

# The request carries the caller's time from before the machine was asked. No machine can answer before that time, so a
# clock that shows an earlier one is behind. A clock that is ahead looks like a request that arrived late (a queue, a
# slow connection), so five minutes are allowed: a booting machine is dialled for that long, and kubeadm dates
# certificates back by as much. The caller reports smaller differences (components/machines/preflight.ts).
check_clock() {
  local skew asked=${ASKED[epoch]} todo="start time synchronisation on it ('timedatectl set-ntp true') and check your own clock"
  skew=$(($(date +%s) - asked))
  if [ "$skew" -lt -5 ]; then
    finding clock "a clock ${skew#-} s or more behind yours" "5 s at most" "$todo"
  elif [ "$skew" -gt 300 ]; then
    finding clock "a clock up to $skew s ahead of yours" "300 s at most, what passed until it was asked included" \
      "$todo; if both are right, it was asked late: run 'pulumi up' again"
  fi
}

check_hostname() {
  local mine
  mine=$(uname -n)
  [ "${mine%%.*}" = "${ASKED[name]}" ] ||
    finding hostname "the host name $mine" "${ASKED[name]}, as the program calls it" \
      "run 'hostnamectl set-hostname ${ASKED[name]}' on it, or correct the name in the program"
}

# A container's swap is its host's, which is not ours to change.
check_swap() {
  local swaps
  [ "${ASKED[role]}" != balancer ] && ! systemd-detect-virt --quiet --container || return 0
  swaps=$(awk 'NR > 1 { printf "%s ", $1 }' "${ROOT:-}/proc/swaps" 2>/dev/null)
  [ -z "$swaps" ] || ours ||
    finding swap "swap on ${swaps% }" "none: kubelet refuses to start with it" "run 'swapoff -a' and take it out of /etc/fstab"
}
