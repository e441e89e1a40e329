# shellcheck shell=bash
# The image that holds the VIP is on the machine before anything changes: a mistyped one is refused here, while kube-vip
# still runs with the old one.

# pull_announcer_image FILE: for a member of a kind of kube-vip. A registry's hiccup is waited out, a wrong name is not.
pull_announcer_image() {
  local image words deadline environment seconds=${RACKPLANE_PULL_SECONDS:-60}
  image=$(jq -r '.node.announcer | select(.kind | startswith("kube-vip-")) | .image // empty' "$1")
  [ -n "$image" ] || return 0
  ! ctr -n k8s.io images list -q | grep -xF "$image" >/dev/null || return 0
  read -ra environment < <(jq -r '.node.downloadEnvironment // empty' "$1") || true
  tell_uptime
  deadline=$((UPTIME + seconds * 1000000))
  # kubelet finds what is in containerd's k8s.io namespace. --hosts-dir makes ctr use the mirrors too.
  until words=$(env "${environment[@]}" timeout "$((seconds > 0 ? seconds : 1))" ctr -n k8s.io images pull --hosts-dir "$ROOT/etc/containerd/certs.d" "$image" 2>&1 >/dev/null); do
    tell_uptime
    [ "$UPTIME" -lt "$deadline" ] ||
      die image "endpoint.image: $(uname -n) cannot pull $image (${words: -300}); expected an image that its registry or mirror has; correct it and run 'pulumi up' again; nothing was changed"
    pause 5
  done
}
