# node.json and $machine (machine.json) -> kube-vip's static pod. The announcer adds a nonce at each announcement.
# --arg credential: the kubeconfig to work with, if not admin.conf.
$machine[0] as $m
| .announcer as $announcer
| .endpoint as $endpoint
| ($endpoint.apiServerPort // $endpoint.port) as $apiPort
| ($ARGS.named.credential // "/etc/kubernetes/admin.conf") as $credential
# A password stands in a file of its own (kube-vip-peers.jq), since whoever may look at kube-system's pods reads this one.
# Releases before 1.0.1 read no file.
| ([$announcer.image | scan(":v?([0-9]+)\\.([0-9]+)\\.([0-9]+)") | map(tonumber)] | last // [0]) as $release
| ($release >= [1, 0, 1] and any($m.peers[]?; (.password // "") != "")) as $peersFile
# address:AS:password:multihop; multihop is per entry, bgp_multihop does not apply to a list.
| ([$m.peers[]? | "\(.address):\(.as):\(.password // ""):\(.multihop)"] | join(",")) as $peers
| {
    "kube-vip-bgp": [
      ["vip_arp", "false"],
      ["bgp_enable", "true"],
      ["address", $endpoint.address],
      ["port", "\($endpoint.port)"],
      # On lo and not on a network interface: the switches route to the machine, and ARP is never asked for the VIP.
      ["vip_interface", "lo"],
      ["vip_subnet", "32"],
      ["bgp_routerid", $m.routerId],
      ["bgp_as", "\($m.localAs)"],
      (if $peersFile then empty else ["bgp_peers", $peers] end),
      # Neighbours accept sessions from one address only: the private one, unless the configuration names another
      # source.
      (if $m.source.interface then ["bgp_sourceif", $m.source.interface] else ["bgp_sourceip", $m.source.address // $m.address] end),
      ["bgp_hold_time", "\($announcer.holdSeconds)"],
      ["bgp_keepalive_interval", "\($announcer.keepaliveSeconds)"],
      ["cp_enable", "true"],
      ["cp_namespace", "kube-system"],
      ["svc_enable", "false"],
      # Every healthy machine announces; the switches share the load. No lease, so no API call.
      ["vip_leaderelection", "false"]
    ],
    "kube-vip-arp": [
      ["vip_arp", "true"],
      # Gratuitous ARP every half second, which kube-vip takes as the shortest: so soon the network learns of a new
      # leader, as kube-vip sends none at once.
      ["vip_arpRate", "500"],
      ["address", $endpoint.address],
      ["port", "\($endpoint.port)"],
      ["vip_interface", $announcer.interface // $m.interface],
      ["vip_subnet", "32"],
      ["cp_enable", "true"],
      ["cp_namespace", "kube-system"],
      ["svc_enable", "false"],
      # One machine at a time has the address; the others wait for its lease.
      ["vip_leaderelection", "true"],
      ["vip_leasename", "plndr-cp-lock"],
      ["vip_leaseduration", "\($announcer.leaseSeconds)"],
      ["vip_renewdeadline", "\($announcer.renewSeconds)"],
      ["vip_retryperiod", "\($announcer.retrySeconds)"]
    ]
  }[$announcer.kind] as $env
| {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {name: "kube-vip", namespace: "kube-system", labels: {"app.kubernetes.io/name": "kube-vip"}},
    spec: {
      hostNetwork: true,
      priorityClassName: "system-node-critical",
      # The announcer withdraws within milliseconds, so kubelet need not wait for kube-vip to end.
      terminationGracePeriodSeconds: 1,
      containers: [{
        name: "kube-vip",
        image: $announcer.image,
        imagePullPolicy: "IfNotPresent",
        args: (["manager"] + if $peersFile then ["--config-file=/etc/kube-vip/peers.json"] else [] end),
        env: ($env + [
          # This machine's own API server, by an address in its certificate: for the lease, and for any other call.
          ["kubernetes_addr", "https://\($m.address):\($apiPort)"],
          # Metrics for the private network, not for the Internet.
          ["prometheus_server", "\($m.address):2112"]
        ] | map({name: .[0], value: .[1]}) + [{name: "vip_nodename", valueFrom: {fieldRef: {fieldPath: "spec.nodeName"}}}]),
        securityContext: {capabilities: {add: ["NET_ADMIN", "NET_RAW"], drop: ["ALL"]}},
        # Some releases leak (kube-vip #1778): better one restart than a machine without memory.
        resources: {requests: {cpu: "10m", memory: "48Mi"}, limits: {memory: "256Mi"}},
        volumeMounts: ([{name: "kubeconfig", mountPath: "/etc/kubernetes/admin.conf", readOnly: true}]
          + if $peersFile then [{name: "peers", mountPath: "/etc/kube-vip/peers.json", readOnly: true}] else [] end)
      }],
      # File: without a type, a missing kubeconfig would become a directory of that name.
      volumes: ([{name: "kubeconfig", hostPath: {path: $credential, type: "File"}}]
        + if $peersFile then [{name: "peers", hostPath: {path: "/run/rackplane/kube-vip-peers.json", type: "File"}}] else [] end)
    }
  }
