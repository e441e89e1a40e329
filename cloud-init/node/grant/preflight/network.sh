# shellcheck shell=bash
# How the machine is connected, and whether the VIP is free.

check_default_route() {
  [ -n "$(ip -4 route show default)" ] ||
    finding default-route "no default route" "one: kubeadm and kubelet find the machine's network by it" "add a gateway to its network configuration"
}

# interface_with ADDRESS: its name, or nothing.
interface_with() { ip -4 -o address show to "$1/32" | awk '{ print $2; exit }'; }

check_address() {
  local wanted=${ASKED[interface]:-} found
  found=$(interface_with "${ASKED[address]}")
  if [ -z "$found" ]; then
    finding address "no interface with ${ASKED[address]}; it has: $(ip -4 -o address show scope global | awk '{ printf "%s %s, ", $2, $4 }')" \
      "${ASKED[address]}${wanted:+ on $wanted}" "correct the address in the program, or configure it on the machine"
  elif [ -n "$wanted" ] && [ "$found" != "$wanted" ]; then
    finding interface "${ASKED[address]} on $found" "it on $wanted" "correct the interface in the program, or leave it out: it is found by the address"
  fi
}

# A machine that announces the VIP by ARP must be on the VIP's own network.
check_vip_on_link() {
  local interface route
  case ${ASKED[kind]} in kube-vip-arp | keepalived | balancers) ;; *) return 0 ;; esac
  interface=${ASKED[vipInterface]:-$(interface_with "${ASKED[address]}")}
  # check_address has reported this already.
  [ -n "$interface" ] || return 0
  ip -o link show dev "$interface" >/dev/null 2>&1 || {
    finding vip-interface "no interface $interface" "the one that the VIP is to lie on; it has: $(ip -o link show | awk -F': ' '{ printf "%s ", $2 }')" \
      "correct endpoint.interface"
    return 0
  }
  route=$(ip -4 route get "${ASKED[vip]}" 2>&1 | head -n 1)
  [[ $route == local\ * || ($route != *" via "* && $route == *" dev $interface "*) ]] ||
    finding vip-subnet "the VIP ${ASKED[vip]} reached by: ${route:-no route}" "directly on $interface" \
      "choose an address from the subnet of $interface as the VIP, or name the interface that is on the VIP's network (endpoint.interface)"
}

# A VIP that is announced over BGP lies on each machine's `lo`: on the machines' own network it would be asked for by ARP,
# every machine would answer, ready or not, and the switches' routes would count for nothing.
check_vip_off_link() {
  local route
  [ "${ASKED[kind]}" = kube-vip-bgp ] && [ "${ASKED[role]}" = control-plane ] || return 0
  route=$(ip -4 route get fibmatch "${ASKED[vip]}" 2>/dev/null | head -n 1)
  [ -n "$route" ] && [[ $route != default* && $route != local\ * && $route != *" via "* ]] || return 0
  finding vip-subnet "the VIP ${ASKED[vip]} on the machine's own network: $route" "an address outside of it, which only BGP's routes lead to" \
    "choose another endpoint.address, or hold this one by ARP (endpoint.kind kube-vip-arp or keepalived)"
}

# issuer_key HOST PORT: the key that signed the certificate shown there. All API servers of a cluster have the same CA.
issuer_key() {
  timeout 4 openssl s_client -connect "$1:$2" </dev/null 2>/dev/null | openssl x509 -noout -ext authorityKeyIdentifier 2>/dev/null | tail -n 1
}

connects() { timeout 2 bash -c ": </dev/tcp/$1/$2" 2>/dev/null; }

# vip_is_ours: the VIP leads to the cluster whose members the machines of the roster already are.
vip_is_ours() {
  local key server
  key=$(issuer_key "${ASKED[vip]}" "${ASKED[port]}")
  [ -n "$key" ] || return 1
  for server in ${ASKED[roster]:-}; do
    [ "$(issuer_key "$server" "${ASKED[apiPort]}")" != "$key" ] || return 0
  done
  return 1
}

# forget_neighbour ADDRESS: who had it a moment ago is remembered for a minute, also where that machine has given it up.
forget_neighbour() { ip -4 neigh flush to "$1" >/dev/null 2>&1 || true; }

check_vip() {
  local vip=${ASKED[vip]} neighbour
  # An external endpoint answers before the cluster exists, and the VIP of balancers never lies on a control-plane
  # machine.
  [ "${ASKED[kind]}" != external ] && [ "${ASKED[role]}" != worker ] || return 0
  [ "${ASKED[kind]}" != balancers ] || [ "${ASKED[role]}" = balancer ] || return 0
  # The endpoint of the cluster that this machine is in: nothing there is to be switched off.
  [ -z "$(foreign_part)" ] || [[ $(foreign_endpoint) != "https://$vip:"* ]] || return 0
  if [ -n "$(interface_with "$vip")" ]; then
    ours || finding vip "the VIP $vip on this machine's own $(interface_with "$vip")" "an address that nobody has yet" \
      "choose another VIP, or remove it from that interface"
  elif forget_neighbour "$vip" && connects "$vip" "${ASKED[port]}"; then
    ours || vip_is_ours || finding vip "somebody who answers at $vip:${ASKED[port]} and is none of this program's machines" \
      "an address that nobody has yet" "choose another VIP, or switch that machine off"
  else
    # The attempt to connect made this machine ask the network for the address (ARP).
    neighbour=$(ip -4 neigh show to "$vip" | awk '/lladdr/ && !/FAILED/ { print $5; exit }')
    [ -z "$neighbour" ] || ours ||
      finding vip "a machine with the MAC address $neighbour that has $vip" "an address that nobody has yet" \
        "choose another VIP, or switch that machine off"
  fi
}
