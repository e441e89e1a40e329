# machine.json -> the BGP neighbours as kube-vip reads them from a file, by the names of its own Go fields. Its own list,
# in a variable, would stand in the pod.
{BGPConfig: {Peers: [.peers[]? | {Address: .address, AS: .as, Password: (.password // ""), MultiHop: .multihop, Port: 179}]}}
