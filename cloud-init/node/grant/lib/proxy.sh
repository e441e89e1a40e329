# shellcheck shell=bash
# The proxy that downloads go through, as node.json's downloadEnvironment says it. Sourced after common.sh.

# install_proxy: gives the environment to what downloads, or takes it away; user data does the same at the first boot
# (cloud-init/proxy.ts). containerd learns of a change by a restart, which containers outlive.
install_proxy() {
  local environment unit file status changed=
  environment=$(jq -r '.downloadEnvironment // empty' "$NODE_JSON")
  for unit in containerd rackplane-prepare; do
    file=$ROOT/etc/systemd/system/$unit.service.d/50-rackplane-proxy.conf
    if [ -z "$environment" ]; then
      [ ! -e "$file" ] || changed=yes
      rm -f "$file"
      continue
    fi
    status=0
    replace "$file" 644 <<<"[Service]"$'\n'"Environment=$environment" || status=$?
    case $status in
    0) changed=yes ;;
    1) ;;
    *) die proxy "$file cannot be written: make room on that disk" ;;
    esac
  done
  [ -n "$changed" ] || return 0
  systemctl daemon-reload
  ! systemctl is-active --quiet containerd.service || systemctl restart containerd.service
}
