# shellcheck shell=bash
# Sourced after lib/balancing.sh.

# healthy_balancer: each daemon runs with the configuration that the grant's roster, settings and secrets make. Only the
# announcer, which `receive` has restarted, writes configurations; this looks whether it has.
healthy_balancer() {
  local daemon
  for daemon in $(daemons); do
    [ "$(render "$daemon")" = "$(cat "$(configuration_of "$daemon")" 2>/dev/null)" ] ||
      {
        echo "$(configuration_of "$daemon") is not of this roster yet"
        return 1
      }
    systemctl is-active --quiet "rackplane-$daemon.service" ||
      {
        echo "rackplane-$daemon.service does not run; see 'journalctl -u rackplane-$daemon' here"
        return 1
      }
    applied "$daemon" || {
      echo "$daemon has not taken up its configuration; see 'journalctl -u rackplane-announcer' here"
      return 1
    }
  done
}
