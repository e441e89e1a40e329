# machine.json: who this machine is and whom it speaks BGP with. From the files $identity and $neighbors,
# what identity.jq and neighbors.jq made of one metadata document (files: a peer's password is no argument).
# `//` also replaces false, so md5_enabled and multihop are compared instead.
$identity[0] as $me | $neighbors[0] as $neighbors
| $me + {
    localAs: $neighbors[0].customer_as,
    # Unique in the site, and the same after a reboot.
    routerId: $me.address,
    # Every peer of every neighbour: a machine with a session to one of two switches would be lost with that switch.
    peers: [
      $neighbors[] as $n | $n.peer_ips[]
      | {
          address: .,
          as: $n.peer_as,
          password: (if $n.md5_enabled == true then $n.md5_password else null end),
          multihop: ($n.multihop == true)
        }
    ] | unique_by(.address)
  }
