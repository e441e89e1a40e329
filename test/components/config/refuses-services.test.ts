import { describe } from "vitest";
import { BGP, EXTERNAL, given, host, hosts, overSsh, refuses } from "./samples";

const BGP_SERVICES = { kind: "kube-vip-bgp", peers: BGP.peers, addresses: ["203.0.113.64/28"] } as const;
const ARP_SERVICES = { kind: "kube-vip-arp", addresses: ["10.0.0.200-10.0.0.220"] } as const;
const WORKERS = [{ name: "general", machines: hosts(21, 22) }];

/** Three control-plane machines and two workers over SSH, whose Services are announced in some way. */
const services = (of: object, fields: object = {}, sections: object = {}): object =>
  overSsh({ workers: WORKERS, services: { ...of, ...fields }, ...sections });
/** Rented machines, workers among them, whose Services are announced over BGP. */
const rented = (fields: object, sections: object = {}): object =>
  given({
    services: { kind: "kube-vip-bgp", ...fields },
    workers: [
      {
        name: "general",
        machines: {
          kind: "equinix-metal",
          count: 2,
          plan: "c3.small.x86",
          operatingSystem: "debian_12",
          metros: ["da"],
        },
      },
    ],
    ...sections,
  });
/** ... with one range of addresses. */
const over = (range: unknown, of: object = BGP_SERVICES, sections: object = {}): object =>
  services(of, { addresses: [range] }, sections);

describe("a range of addresses for Services", () =>
  refuses([
    [
      "that is one address",
      over("203.0.113.64"),
      ['services.addresses[0]: found "203.0.113.64", one address, expected a range; write "203.0.113.64/32"'],
    ],
    [
      "with bits behind its prefix",
      over("203.0.113.65/28"),
      ['services.addresses[0]: found "203.0.113.65/28", which has bits set behind the prefix; write "203.0.113.64/28"'],
    ],
    [
      "that ends before it begins",
      over("203.0.113.79-203.0.113.64"),
      [
        'services.addresses[0]: found "203.0.113.79-203.0.113.64", which ends before it begins; write "203.0.113.64-203.0.113.79"',
      ],
    ],
    [
      "whose end is a number",
      over("203.0.113.64-79"),
      [
        'services.addresses[0]: found "203.0.113.64-79", expected a range such as "203.0.113.64/28" or "203.0.113.64-203.0.113.79"',
      ],
    ],
    ["that is no text", over(203), ["services.addresses[0]: found 203, expected a range of IPv4 addresses in quotes"]],
    [
      "of IPv6",
      over("2001:db8::/64"),
      ['services.addresses[0]: found "2001:db8::/64", expected IPv4 addresses; IPv6 is not supported'],
    ],
    [
      "that nothing is reached at",
      over("169.254.255.0/24"),
      [
        'services.addresses[0]: found "169.254.255.0/24", addresses that nothing is reached at; expected such as "203.0.113.64/28" or "203.0.113.64-203.0.113.79"',
      ],
    ],
    [
      "that is a slip of the pen",
      over("203.0.0.0/8"),
      ['services.addresses[0]: found "203.0.0.0/8", 16777216 addresses, expected at most 65536; a Service takes one'],
    ],
    [
      "that overlaps another",
      services(BGP_SERVICES, { addresses: ["203.0.113.64/28", "203.0.113.79-203.0.113.90"] }),
      [
        'services.addresses[1]: found "203.0.113.79-203.0.113.90", which shares addresses with [0]; expected each address once',
      ],
    ],
    [
      "that is none",
      services(BGP_SERVICES, { addresses: [] }),
      ["services.addresses: found an empty list, expected one range or more; leave it out to give no addresses"],
    ],
    [
      "with a worker in it",
      over("10.0.0.16-10.0.0.31", ARP_SERVICES),
      [
        'services.addresses[0]: found "10.0.0.16-10.0.0.31", which holds 10.0.0.21, an address of workers[0].machines.hosts[0]; expected addresses of nothing else',
      ],
    ],
    [
      "with the VIP in it",
      over("10.0.0.8/30", ARP_SERVICES),
      ['services.addresses[0]: found "10.0.0.8/30", which holds the VIP 10.0.0.10; expected addresses of nothing else'],
    ],
    [
      "of pods",
      over("10.244.7.0/24"),
      [
        'services.addresses[0]: found "10.244.7.0/24", which holds addresses of network.podCidr "10.244.0.0/16"; expected addresses of nothing else',
      ],
    ],
    [
      "of ClusterIPs",
      over("10.96.0.0/24"),
      [
        'services.addresses[0]: found "10.96.0.0/24", which holds addresses of network.serviceCidr "10.96.0.0/16"; expected addresses of nothing else',
      ],
    ],
    [
      "with a neighbour in it",
      services(BGP_SERVICES, { peers: [{ address: "203.0.113.65", as: 65001 }] }),
      [
        'services.addresses[0]: found "203.0.113.64/28", which holds 203.0.113.65, the neighbour services.peers[0]; expected addresses of nothing else',
      ],
    ],
    [
      "of the machines' network, to which BGP leads nobody,",
      over("10.0.1.0/24", BGP_SERVICES, { network: { machineCidr: "10.0.0.0/16" } }),
      [
        'services.addresses[0]: found "10.0.1.0/24", inside network.machineCidr "10.0.0.0/16"; expected addresses outside it, as machines of that network would ask for them by ARP, which none answers',
      ],
    ],
    [
      "outside the machines' network, which ARP does not reach,",
      over("203.0.113.64/28", ARP_SERVICES, { network: { machineCidr: "10.0.0.0/24" } }),
      [
        'services.addresses[0]: found "203.0.113.64/28", outside network.machineCidr "10.0.0.0/24"; expected addresses of the machines\' network, as they move by ARP',
      ],
    ],
    [
      "... also where the configuration names no network",
      over("10.0.9.0/28", ARP_SERVICES),
      [
        'services.addresses[0]: found "10.0.9.0/28", where none of the machines is; expected addresses of their subnet, as they move by ARP. Set network.machineCidr if that is larger than a /24',
      ],
    ],
    [
      "with the address that means all machines",
      over("10.0.0.240/28", ARP_SERVICES),
      [
        'services.addresses[0]: found "10.0.0.240/28", which holds the last address of 10.0.0.0/24, which no machine may have; expected a range without it',
      ],
    ],
  ]));

describe("a way to announce Services", () =>
  refuses([
    [
      "that is not named",
      services({ addresses: ["203.0.113.64/28"] }),
      ["services.kind: found nothing, expected kube-vip-bgp or kube-vip-arp"],
    ],
    [
      "that there is not",
      services({ kind: "kube-vip-l2" }),
      ['services.kind: found "kube-vip-l2", expected kube-vip-bgp or kube-vip-arp; did you mean kube-vip-bgp?'],
    ],
    [
      "with another one's field",
      services(BGP_SERVICES, { election: "one" }),
      [
        "services.election: no such setting; expected kind, localAs, reserve, holdSeconds, keepaliveSeconds, image, addresses, cloudProviderImage or peers",
      ],
    ],
    [
      "over BGP from machines that announce the VIP themselves",
      overSsh({ endpoint: BGP, services: BGP_SERVICES }),
      [
        "services.kind: found kube-vip-bgp without workers, expected a pool of workers, or kube-vip-arp; the switches have a session with each control-plane machine for the VIP already, and take no second one from its address",
      ],
    ],
    [
      "over BGP to nobody",
      services(BGP_SERVICES, { peers: undefined }),
      [
        'services.peers: found none, and none for workers[0].machines.hosts[0] and 1 more; expected a list of neighbours, such as [{ address: "10.0.0.1", as: 65001 }]',
      ],
    ],
    [
      "over BGP to a machine of the cluster",
      services(BGP_SERVICES, { peers: [{ address: "10.0.0.21", as: 65001 }] }),
      [
        'services.peers[0].address: found "10.0.0.21", the address of workers[0].machines.hosts[0]; expected a switch or a route server',
      ],
    ],
    [
      "over BGP to one neighbour twice",
      services(BGP_SERVICES, { peers: [...BGP.peers, ...BGP.peers] }),
      [
        'services.peers[1].address: found "10.0.0.1" as in [0], expected each neighbour once; one session with each is made',
      ],
    ],
    [
      "over BGP with an AS number besides those of the annotations",
      services(BGP_SERVICES, { peers: "annotations", localAs: 65010 }),
      ["services.localAs: found 65010 with peers from annotations, expected none; those tell it"],
    ],
    [
      "over BGP with a keepalive that is too slow",
      services(BGP_SERVICES, { keepaliveSeconds: 2 }),
      [
        "services.keepaliveSeconds: found 2 with a hold time of 3, expected at most a third of it, so that one lost keepalive ends no session; write 1 or raise holdSeconds",
      ],
    ],
    [
      "over BGP from rented workers whose switches are in no metadata that they look for",
      rented({}, { endpoint: EXTERNAL }),
      [
        "services.kind: found kube-vip-bgp with workers on Equinix Metal and an endpoint that announces nothing over BGP, expected endpoint.kind kube-vip-bgp; rented machines learn of their switches with it",
      ],
    ],
    [
      "over BGP of more addresses than a rented machine's session carries",
      rented({ addresses: ["203.0.113.64/28"], reserve: { quantity: 4, metro: "da" } }),
      [
        "services: found 20 addresses with workers on Equinix Metal, expected at most 10; its switches end a session that announces more",
      ],
    ],
    [
      "with a block of no size that there is",
      rented({ reserve: { quantity: 3, metro: "da11" } }),
      [
        "services.reserve.quantity: found 3, expected a number of addresses, 1, 2, 4 or 8",
        'services.reserve.metro: found "da11", expected a metro code, such as "da"',
      ],
    ],
    [
      "with a block to reserve where nothing is rented",
      services(BGP_SERVICES, { reserve: { quantity: 4, metro: "da" } }),
      [
        "services.reserve: found a block to reserve with machines over SSH, expected none; give ranges of your own as services.addresses",
      ],
    ],
    [
      "by ARP on Equinix Metal",
      given({ services: { kind: "kube-vip-arp" } }),
      [
        "services.kind: found kube-vip-arp on Equinix Metal, expected kube-vip-bgp; its machines share no layer-2 network, so no ARP reaches the others",
      ],
    ],
    [
      "by ARP with a kube-proxy that answers for every address",
      services(ARP_SERVICES, {}, { kubeProxy: { mode: "ipvs" } }),
      [
        'kubeProxy.mode: found "ipvs" without strictARP, with which every machine answers for every Service\'s address; expected kubeProxy.ipvs.strictARP true, or another mode',
      ],
    ],
    [
      "by ARP with a lease that is not renewed in time",
      services(ARP_SERVICES, { leaseSeconds: 3 }),
      [
        "services.renewSeconds: found 3 with a lease of 3, expected less than the lease, or another machine takes over while the leader still holds the VIP",
      ],
    ],
    [
      "with a kube-vip that reads no file",
      services(ARP_SERVICES, { image: "ghcr.io/kube-vip/kube-vip:v0.9.1" }),
      ["services.image: found v0.9.1, expected v1.0.1 or newer; older ones read no file with BGP neighbours"],
    ],
    [
      "with BGP neighbours of a worker, by ARP",
      overSsh({
        services: ARP_SERVICES,
        workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(21, { peers: BGP.peers })] } }],
      }),
      [
        "workers[0].machines.hosts[0].peers: found BGP neighbours, expected none; control-plane machines alone announce the VIP",
      ],
    ],
    [
      "... together with every other mistake",
      services(BGP_SERVICES, { addresses: ["203.0.113.64"], holdSeconds: 1 }, { name: "A" }),
      [
        'name: found "A", expected a DNS label of at most 58 characters: a-z, 0-9 and inner "-"',
        "services.holdSeconds: found 1, expected whole seconds (RFC 4271: 3 or more), 3 to 65535",
        'services.addresses[0]: found "203.0.113.64", one address, expected a range; write "203.0.113.64/32"',
      ],
    ],
  ]));
