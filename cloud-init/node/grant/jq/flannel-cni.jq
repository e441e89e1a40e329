# What flannel's own CNI plugin would delegate to, from the values of /run/flannel/subnet.env as $network,
# $subnet, $mtu and $ipmasq. That plugin is in neither the distribution's nor Kubernetes' package.
def address: split(".") | map(tonumber) | reduce .[] as $octet (0; . * 256 + $octet);
def dotted: [range(4) as $i | (. / pow(256; 3 - $i) | floor) % 256] | map(tostring) | join(".");
# The subnet's own address: flannel writes the gateway's (10.244.1.1/24), which host-local refuses.
def masked: split("/") as [$ip, $bits]
  | pow(2; 32 - ($bits | tonumber)) as $size
  | (($ip | address) / $size | floor * $size | dotted) + "/" + $bits;
{
  cniVersion: "0.3.1",
  name: "rackplane",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      mtu: ($mtu | tonumber),
      isGateway: true,
      isDefaultGateway: true,
      # A machine that comes back may be given another subnet; its old bridge must not keep the old one.
      forceAddress: true,
      hairpinMode: true,
      # Either flannel or the bridge masquerades, never both.
      ipMasq: ($ipmasq != "true"),
      ipam: {
        type: "host-local",
        ranges: [[{subnet: ($subnet | masked)}]],
        routes: [$network | split(",")[] | {dst: masked}]
      }
    },
    {type: "portmap", capabilities: {portMappings: true}}
  ]
}
