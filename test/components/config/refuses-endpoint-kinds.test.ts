import { describe } from "vitest";
import {
  ARP,
  BALANCERS,
  BGP,
  EXTERNAL,
  KEEPALIVED,
  UUID,
  endpoint,
  firstHost,
  given,
  host,
  hosts,
  machines,
  overSsh,
  pool,
  refuses,
} from "./samples";

describe("kinds that do not fit together:", () =>
  refuses([
    [
      "a VIP by ARP on Equinix Metal",
      given({ endpoint: ARP }),
      [
        "endpoint.kind: found kube-vip-arp on Equinix Metal, expected kube-vip-bgp; its machines share no layer-2 network, so no ARP reaches the others",
      ],
    ],
    [
      "null, which is no kind and does not mean the usual one,",
      given({ endpoint: { kind: null } }),
      ["endpoint.kind: found null, expected kube-vip-bgp, kube-vip-arp, keepalived, balancers or external"],
    ],
    [
      "keepalived on Equinix Metal",
      given({ endpoint: KEEPALIVED }),
      [
        "endpoint.kind: found keepalived on Equinix Metal, expected kube-vip-bgp; its machines share no layer-2 network, so a VRRP address reaches none of the others",
      ],
    ],
    [
      "pods by way of one layer-2 network on Equinix Metal",
      given({ network: { backend: "host-gw" } }),
      [
        "network.backend: found host-gw on Equinix Metal, expected vxlan; its machines share no layer-2 network (each has a /31 of its own), so no machine is another's gateway to pods; write vxlan or leave it out",
      ],
    ],
    [
      "... also where workers over SSH join them",
      given({ network: { backend: "host-gw" }, workers: [{ name: "general", machines: hosts(21) }] }),
      [
        "network.backend: found host-gw on Equinix Metal, expected vxlan; its machines share no layer-2 network (each has a /31 of its own), so no machine is another's gateway to pods; write vxlan or leave it out",
      ],
    ],
    [
      "peers from metadata on machines over SSH",
      endpoint(BGP, { peers: "metadata" }),
      [
        'endpoint.peers: found "metadata" with machines over SSH, expected a list of neighbours; Equinix Metal alone knows those',
      ],
    ],
    [
      "peers from the Metal API on machines over SSH",
      endpoint(BGP, { peers: "metal-api" }),
      [
        'endpoint.peers: found "metal-api" with machines over SSH, expected a list of neighbours; Equinix Metal alone knows those',
      ],
    ],
    [
      "a block of Equinix Metal on machines over SSH",
      endpoint(BGP, { address: undefined, reservationId: UUID }),
      [
        "endpoint.reservationId: found a block of Equinix Metal with machines over SSH, expected none; set endpoint.address",
      ],
    ],
    [
      "a block and an address",
      { ...machines({ project: { id: UUID } }), endpoint: { reservationId: UUID, address: "192.0.2.10" } },
      ["endpoint.address: found reservationId too, expected one of the two; the block says its address itself"],
    ],
    [
      "the default endpoint, which knows neither VIP nor peers",
      overSsh({ endpoint: undefined }),
      [
        'endpoint.address: found none, expected the VIP; machines over SSH bring no address block. Choose one that your switches route, such as "192.0.2.10"',
        'endpoint.peers: found none, and none for machines.hosts[0] and 2 more; expected a list of neighbours, such as [{ address: "10.0.0.1", as: 65001 }]',
      ],
    ],
    [
      "BGP neighbours of a machine whose VIP moves by ARP",
      firstHost({ peers: BGP.peers }),
      [
        'machines.hosts[0].peers: found BGP neighbours with an endpoint of kind "kube-vip-arp", expected none; set endpoint.kind to kube-vip-bgp or leave them out',
      ],
    ],
    [
      "BGP neighbours of a worker",
      overSsh({
        endpoint: BGP,
        workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(21, { peers: BGP.peers })] } }],
      }),
      [
        "workers[0].machines.hosts[0].peers: found BGP neighbours, expected none; control-plane machines alone announce the VIP",
      ],
    ],
    [
      "workers rented for a control plane over SSH",
      pool({
        machines: {
          kind: "equinix-metal",
          count: 1,
          plan: "c3.small.x86",
          operatingSystem: "debian_12",
          metros: ["da"],
        },
      }),
      [
        "workers[0].machines.kind: found equinix-metal with a control plane over SSH, expected ssh; workers are rented in the control plane's project, and there is none",
      ],
    ],
  ]));

describe("a VIP", () =>
  refuses([
    [
      "that is missing",
      endpoint(ARP, { address: undefined }),
      ["endpoint.address: found nothing, expected the VIP, an IPv4 address that no machine has"],
    ],
    [
      "that is a machine's address",
      endpoint(ARP, { address: "10.0.0.12" }),
      [
        'endpoint.address: found "10.0.0.12", an address of machines.hosts[1]; expected one that no machine has, as it moves between machines',
      ],
    ],
    [
      "outside every machine's subnet, with ARP",
      endpoint(ARP, { address: "10.9.0.10" }),
      [
        'endpoint.address: found "10.9.0.10", in 10.9.0.0/24, where none of the machines is; expected an address of their subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger',
      ],
    ],
    [
      "outside every machine's subnet, with keepalived",
      endpoint(KEEPALIVED, { address: "10.0.0.40", prefix: 28 }),
      [
        'endpoint.address: found "10.0.0.40", in 10.0.0.32/28, where none of the machines is; expected an address of their subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger',
      ],
    ],
    [
      "outside one machine's subnet",
      overSsh({ machines: { kind: "ssh", hosts: [host(11), host(12), host(13, { address: "10.0.1.13" })] } }),
      [
        `machines.hosts[2].address: found "10.0.1.13", outside the VIP's subnet 10.0.0.0/24; expected all in one subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger`,
      ],
    ],
    [
      "outside the machines' network",
      overSsh({ network: { machineCidr: "10.0.0.0/24" }, endpoint: { ...ARP, address: "10.0.1.10" } }),
      [
        `endpoint.address: found "10.0.1.10", outside network.machineCidr "10.0.0.0/24"; expected an address of the machines' network, as the VIP moves by ARP`,
      ],
    ],
    [
      "that is a subnet's broadcast address",
      endpoint(KEEPALIVED, { address: "10.0.0.255" }),
      [
        'endpoint.address: found "10.0.0.255", the last address of 10.0.0.0/24, which no machine may have; expected another',
      ],
    ],
    [
      "inside the services' range",
      endpoint(BGP, { address: "10.96.0.10" }),
      [
        `endpoint.address: found "10.96.0.10", inside network.serviceCidr "10.96.0.0/16"; expected an address of the machines' network`,
      ],
    ],
    [
      "far from the balancers that hold it",
      endpoint(BALANCERS, { address: "10.0.7.10" }),
      [
        'endpoint.address: found "10.0.7.10", in 10.0.7.0/24, where none of the machines is; expected an address of their subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger',
      ],
    ],
  ]));

describe("explicit BGP peers:", () =>
  refuses([
    [
      "an empty list",
      endpoint(BGP, { peers: [] }),
      ["endpoint.peers: found an empty list, expected one neighbour or more; nobody would learn of the VIP"],
    ],
    [
      "one neighbour twice",
      endpoint(BGP, { peers: [...BGP.peers, ...BGP.peers] }),
      [
        'endpoint.peers[1].address: found "10.0.0.1" as in [0], expected each neighbour once; one session with each is made',
      ],
    ],
    [
      "an AS number that nobody has",
      endpoint(BGP, { peers: [{ address: "10.0.0.1", as: 23456 }] }),
      [
        "endpoint.peers[0].as: found 23456, which is reserved (AS_TRANS, RFC 6793); expected an AS number, 1 to 4294967294",
      ],
    ],
    [
      "an AS number beyond 32 bits",
      endpoint(BGP, { localAs: 4294967296 }),
      ["endpoint.localAs: found 4294967296, expected an AS number, 1 to 4294967294"],
    ],
    [
      "a neighbour that is a machine",
      endpoint(BGP, { peers: [{ address: "10.0.0.12", as: 65001 }] }),
      [
        'endpoint.peers[0].address: found "10.0.0.12", the address of machines.hosts[1]; expected a switch or a route server',
      ],
    ],
    [
      "a word that is none",
      endpoint(BGP, { peers: "metal" }),
      ['endpoint.peers: found "metal", expected metadata or metal-api; did you mean metal-api?'],
    ],
    [
      "a password that kube-vip cannot hold",
      endpoint(BGP, { peers: [{ ...BGP.peers[0], md5Password: "top:secret" }] }),
      [
        `endpoint.peers[0].md5Password: found 10 characters that do not fit, expected 1 to 80 printable characters without ":", ",", quotes (") and spaces; kube-vip's list of peers or BIRD's configuration holds no others`,
      ],
    ],
    [
      "one source address, and so one router id, for three machines",
      endpoint(BGP, { source: { address: "10.0.0.11" } }),
      [
        "endpoint.source.address: found one address for 3 machines, expected an interface; sessions from one address clash, and so do router ids",
      ],
    ],
    [
      "a source address and a source interface",
      endpoint(BGP, { source: { address: "10.0.0.11", interface: "lo" } }),
      ["endpoint.source: found both address and interface, expected one of the two"],
    ],
    [
      "an AS number beside the metadata, which tells it",
      given({ endpoint: { localAs: 65010 } }),
      ["endpoint.localAs: found 65010 without a list of peers, expected none; Equinix Metal's neighbours tell it"],
    ],
  ]));

describe("leader election by lease:", () =>
  refuses([
    [
      "a renewal that lasts as long as the lease",
      endpoint(ARP, { leaseSeconds: 3 }),
      [
        "endpoint.renewSeconds: found 3 with a lease of 3, expected less than the lease, or another machine takes over while the leader still holds the VIP",
      ],
    ],
    [
      "retries too far apart",
      endpoint(ARP, { renewSeconds: 3, retrySeconds: 3 }),
      [
        "endpoint.retrySeconds: found 3 with 3 s to renew, expected renewSeconds above 1.2 times that; kube-vip would not start",
      ],
    ],
    [
      "a lease of a second",
      endpoint(ARP, { leaseSeconds: 1, renewSeconds: 1 }),
      [
        "endpoint.leaseSeconds: found 1, expected whole seconds, 2 to 300",
        "endpoint.retrySeconds: found 1 with 1 s to renew, expected renewSeconds above 1.2 times that; kube-vip would not start",
      ],
    ],
  ]));

describe("balancers and other people's endpoints:", () =>
  refuses([
    [
      "three balancers",
      endpoint(BALANCERS, { machines: hosts(7, 8, 9) }),
      ["endpoint.machines.hosts: found 3, expected exactly two machines: one holds the VIP, the other stands by"],
    ],
    [
      "one balancer",
      endpoint(BALANCERS, { machines: hosts(8) }),
      ["endpoint.machines.hosts: found 1, expected exactly two machines: one holds the VIP, the other stands by"],
    ],
    [
      "rented balancers",
      endpoint(BALANCERS, { machines: { kind: "equinix-metal" } }),
      ["endpoint.machines: found no machines of kind ssh, expected two that exist; balancers are not rented"],
    ],
    [
      "a URL",
      endpoint(EXTERNAL, { address: "https://api.example.com" }),
      [
        'endpoint.address: found "https://api.example.com", expected an IPv4 address or a DNS name in lower case, such as "api.example.com"; leave scheme and port out',
      ],
    ],
    [
      "an address with a port",
      endpoint(EXTERNAL, { address: "192.0.2.10:6443" }),
      [
        'endpoint.address: found "192.0.2.10:6443", expected an IPv4 address or a DNS name in lower case, such as "api.example.com"; leave scheme and port out',
      ],
    ],
    [
      "a watch too short to be cut",
      endpoint(EXTERNAL, { watchSeconds: 2 }),
      ["endpoint.watchSeconds: found 2, expected whole seconds, 5 to 3600"],
    ],
    [
      "a word for a balancer on every worker",
      endpoint(ARP, { nodeLocalBalancer: "haproxy" }),
      ['endpoint.nodeLocalBalancer: found "haproxy", expected true or false'],
    ],
    [
      "a balancer on every worker in front of a name",
      endpoint(EXTERNAL, { nodeLocalBalancer: true }),
      [
        "endpoint.nodeLocalBalancer: found true with the name \"api.example.com\" as endpoint.address, expected false or an IPv4 address there; workers' packets are led to their balancer by the endpoint's address",
      ],
    ],
    [
      "a balancer on every worker in front of the only machine's own address",
      overSsh({ machines: hosts(11), endpoint: { ...EXTERNAL, address: "10.0.0.11", nodeLocalBalancer: true } }),
      [
        "endpoint.nodeLocalBalancer: found true with an endpoint.address of machines.hosts[0] itself, expected false; with one machine there is nothing to balance",
      ],
    ],
    [
      "an endpoint that is one of three machines",
      endpoint(EXTERNAL, { address: "10.0.0.11" }),
      [
        'endpoint.address: found "10.0.0.11", an address of machines.hosts[0]; expected one that no machine has, as it moves between machines',
      ],
    ],
  ]));
