#!/usr/bin/env bash
# put-source-4.sh    keepalived and HAProxy, as the distribution runs them, in the place of this program's own
# Run on a control-plane machine of the kind `haproxy`. Standard input: keepalived.conf, a line "-- haproxy.cfg --", and what
# is appended to haproxy.cfg.
set -euo pipefail
systemctl disable --quiet --now rackplane-announcer.service rackplane-keepalived.service rackplane-haproxy.service
nft delete table inet rackplane_vrrp 2>/dev/null || true
install -d /etc/keepalived /etc/haproxy
awk -v to=/etc/keepalived/keepalived.conf '
  /^-- haproxy\.cfg --$/ { to = "/etc/haproxy/appended.cfg"; next } { print >to }'
[ -e /etc/haproxy/haproxy.cfg.before ] || cp /etc/haproxy/haproxy.cfg /etc/haproxy/haproxy.cfg.before
cat /etc/haproxy/haproxy.cfg.before /etc/haproxy/appended.cfg >/etc/haproxy/haproxy.cfg
systemctl enable --quiet haproxy.service keepalived.service
systemctl restart haproxy.service keepalived.service
