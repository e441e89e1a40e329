# shellcheck shell=bash
# shellcheck disable=SC2153,SC2154  # DEADLINE and VERB are the grant's (lib/grant.sh)
# kubelet's configuration. A control-plane machine has it from its own grant, before the cluster's document gets it; a
# worker, whose grant has no document of the cluster's, from that document with the fields of its grant laid over it.
# Sourced by change.sh, after manifests.sh. The earlier configuration is kept (receive/previous.sh) and comes back where
# kubelet does not start (membership/take-back.sh).

# shellcheck source=../lib/kubelet.sh
. "$BUNDLE/grant/lib/kubelet.sh"

# Starts by systemd after which a kubelet that ends each time counts as broken.
MOST_KUBELET_STARTS=3
# Seconds for which it has to answer: it does so before it has looked at all of its settings.
KUBELET_TRIED_FOR=${RACKPLANE_KUBELET_TRIED_FOR:-5}

due_kubelet() {
  if [ "$(role)" = worker ]; then
    [ "$(cat "$KUBELET_SETTINGS" 2>/dev/null)" = "$(settings_hash)" ] || echo "kubelet restarts with other settings of its pool or of the cluster"
    return 0
  fi
  [ ! -e "$UPGRADING" ] || return 0
  render_kubelet
  [ "$(cat "$RENDERED/config.yaml" 2>/dev/null)" = "$(cat "$KUBELET_CONFIG" 2>/dev/null)" ] ||
    echo "kubelet restarts with other settings: $(changed_fields "$KUBELET_CONFIG" "$RENDERED/config.yaml")"
}

# settings_hash: of the fields in the grant.
settings_hash() { { cat "$ROOT"/etc/rackplane/patches/kubeletconfiguration* 2>/dev/null || true; } | sha256sum; }

# render_kubelet: what kubeadm would write, with its patches. The folder is that of the manifests.
render_kubelet() {
  [ -s "$WORK/manifests.yaml" ] || render_manifests
  phase_anew kubelet-start ||
    die kubelet "kubeadm refuses the settings of kubelet: $(tail -n 3 "$WORK/render.log" | tr '\n' ' '); nothing was changed; correct them and run 'pulumi up' again"
}

# changed_fields FILE FILE: the fields at the top whose lines differ, or lines below them.
changed_fields() {
  comm -3 <(fields_of "$1") <(fields_of "$2") | sed -E 's/^\t//; s/:.*//' | sort -u | tr '\n' ' ' | sed 's/ $//'
}

# fields_of FILE: each field in a line of its own.
fields_of() { awk '/^[a-zA-Z]/ { if (line != "") print line; line = $0; next } { line = line " " $0 } END { if (line != "") print line }' "$1" 2>/dev/null | sort; }

do_kubelet() {
  cp "$KUBELET_CONFIG" "$WORK/kubelet-before" 2>/dev/null || : >"$WORK/kubelet-before"
  if [ "$(role)" = worker ]; then
    mkdir -p "$ROOT/etc/rackplane/patches"
    kubeadm upgrade node phase kubelet-config --kubeconfig "$KUBERNETES/kubelet.conf" --patches "$ROOT/etc/rackplane/patches" >&2 ||
      die kubelet "kubeadm upgrade node phase kubelet-config failed, its reason is above this line in the journal (journalctl -u rackplane-worker); correct the fields of kubelet and run 'pulumi up' again"
  else
    place "$KUBELET_CONFIG" 644 <"$RENDERED/config.yaml"
  fi
  restart_kubelet "$WORK/kubelet-before" || die kubelet "kubelet did not restart; see 'journalctl -u kubelet' here and correct its fields"
  await_kubelet
  if [ "$(role)" = worker ]; then settings_hash | place "$KUBELET_SETTINGS" 644; fi
}

# await_kubelet: a kubelet that cannot read its settings ends after it was started, again and again.
await_kubelet() {
  local words='' starts=0 earlier=0 deadline since=
  tell_uptime
  deadline=$((UPTIME + DEADLINE * 1000000))
  while true; do
    starts=$(systemctl show -p NRestarts --value kubelet) || starts=0
    tell_uptime
    if [ "${starts:-0}" != "$earlier" ] || ! words=$(kubelet_well 2>&1); then
      since='' earlier=${starts:-0}
    else
      since=${since:-$UPTIME}
      [ $((UPTIME - since)) -lt $((KUBELET_TRIED_FOR * 1000000)) ] || return 0
    fi
    [ "${starts:-0}" -lt "$MOST_KUBELET_STARTS" ] ||
      die kubelet "kubelet ends whenever it starts, at last with: $(journalctl -u kubelet --no-pager -o cat 2>/dev/null | grep -i 'err\|fail' | tail -n 1); this machine gets its earlier settings back: correct the fields of kubelet, or take the edit back, and run 'pulumi up' again"
    [ "$UPTIME" -lt "$deadline" ] || die kubelet "waited $DEADLINE s for kubelet to run with its settings; last answer: ${words:-none}; see 'journalctl -u kubelet' here and correct its fields"
    pause "${RACKPLANE_POLL:-1}"
  done
}

kubelet_well() {
  local port
  port=$(sed -n 's/^healthzPort: *//p' "$KUBELET_CONFIG" 2>/dev/null) || true
  # A port of zero switches the answer off.
  if [ "${port:-10248}" = 0 ]; then
    systemctl is-active --quiet kubelet
  else
    curl -sS -f --noproxy '*' -o /dev/null -m 5 "http://127.0.0.1:${port:-10248}/healthz"
  fi
}
