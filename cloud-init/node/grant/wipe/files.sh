# shellcheck shell=bash
# Units, settings of the system and of containerd, and in the end what this program knows. Sourced after common.sh,
# receive/facts.sh and lib/ssh-keys.sh.

wipe_settings() {
  local file packages=(kubeadm kubelet kubectl)
  mapfile -t -O 3 packages < <(cat "$STATE/held-packages" 2>/dev/null)
  apt-mark unhold "${packages[@]}" >/dev/null 2>&1 || true
  rm -f "$ROOT"/etc/apt/{sources.list.d/rackplane-kubernetes.list,keyrings/rackplane-kubernetes.asc}
  rm -f "$ROOT"/etc/{modules-load.d,tmpfiles.d}/rackplane.conf "$ROOT/etc/sysctl.d/99-rackplane.conf"
  rm -f "$ROOT"/etc/systemd/system.conf.d/50-rackplane.conf "$ROOT"/etc/systemd/system/*.d/50-rackplane*.conf
  rm -rf "$ROOT"/etc/systemd/system/rackplane-*
  # Only where nothing else is in them.
  rmdir "$ROOT"/etc/systemd/system/{kubelet.service.d,containerd.service.d,cri-containerd-.scope.d} "$ROOT/etc/systemd/system.conf.d" 2>/dev/null || true
  systemctl daemon-reload || true
  systemd-detect-virt --quiet --container || swapon -a || true
  wipe_containerd
  if [ -s "$KEYS_FILE" ]; then
    file=$ROOT$(cat "$KEYS_FILE")
    put_ssh_keys "$file" "$(stat -c %u:%g "$file" 2>/dev/null)" ""
  fi
}

# wipe_containerd: with the configuration from before, where there was one, else with its own.
wipe_containerd() {
  local own=$ROOT/etc/containerd/config.toml file
  for file in "$ROOT"/etc/containerd/certs.d/*/hosts.toml; do
    if [ -e "$file" ] && head -n 1 "$file" | grep '^# rackplane' >/dev/null; then
      rm -f "$file"
      rmdir "${file%/*}" 2>/dev/null || true
    fi
  done
  if [ ! -e "$own" ] || ! head -n 1 "$own" | grep '^# rackplane' >/dev/null; then return 0; fi
  if [ -e "$own.before-rackplane" ]; then mv -f "$own.before-rackplane" "$own"; else rm -f "$own"; fi
  timeout --foreground 60 systemctl try-restart containerd >/dev/null 2>&1 || true
}

# wipe_records: the document that tells whose machine this is, then the program.
wipe_records() {
  rm -f "$ROOT"/{root,home/*}/.rackplane-*.tar "$PWD"/.rackplane-*.tar
  rm -rf "$STATE" "$RUNDIR"
  find "$ROOT/etc/rackplane" -mindepth 1 ! -path "$NODE_JSON" -delete 2>/dev/null || true
  rm -rf "$ROOT/etc/rackplane"
  rm -rf "$ROOT/opt/rackplane" "$ROOT/opt/rackplane.new"
}
