# machine.json of a machine whose BGP neighbours, if any, are configured and not in its metadata: from node.json,
# the files $identity (identity.json) and $secrets (secrets.json), and its $interface.
$identity[0] as $me
| .announcer as $announcer
| (if $announcer.peers == "identity" then $me.peers else $announcer.peers end // []) as $peers
| {name: $me.name, address: $me.address, interface: $interface}
  # Only a platform tells the private network's gateway; other machines route as they always did.
  + (if $me.gateway then {gateway: $me.gateway} else {} end)
  + {
      localAs: ($announcer.localAs // null),
      routerId: $me.address,
      source: ($announcer.source // null),
      peers: [$peers[] | {address, as: .as, password: ($secrets[0].md5[.address] // null), multihop}]
    }
