# shellcheck shell=bash
# What `install` does for units that a grant brings: user data, which has little room, comes without them.
# Sourced by boot/verbs/install.sh, whose variable `changed` says that systemd has to be told.

# place_drop_ins: settings of units that are not this program's own.
place_drop_ins() {
  # The scopes that containerd's containers run in all begin with this name (systemd.unit(5) on drop-ins).
  if replace "$ROOT/etc/systemd/system/cri-containerd-.scope.d/50-rackplane.conf" 644 <"$BUNDLE/grant/units/containers.conf"; then changed=yes; fi
  # shellcheck disable=SC2034  # install.sh reads it
  if [ "$(role)" = control-plane ] &&
    replace "$ROOT/etc/systemd/system/kubelet.service.d/50-rackplane.conf" 644 <"$BUNDLE/grant/units/kubelet.conf"; then changed=yes; fi
}

start_granted() {
  if [ "$(role)" != balancer ]; then
    systemctl enable --quiet rackplane-cni.path
    # The path unit reacts to changes only; the service handles a file that exists already.
    systemctl start --no-block rackplane-cni.path rackplane-cni.service
  fi
  if announces; then
    systemctl enable --quiet rackplane-announcer.service
    # A running announcer takes up the program and the node.json just installed; that alone withdraws nothing.
    systemctl restart --no-block rackplane-announcer.service
  fi
}
