import { describe } from "vitest";
import {
  BALANCERS,
  EXTERNAL,
  PRIVATE_KEY,
  endpoint,
  firstHost,
  host,
  hostKey,
  hosts,
  overSsh,
  pool,
  refuses,
} from "./samples";

describe("machines that exist", () =>
  refuses([
    [
      "no list of hosts",
      overSsh({ machines: { kind: "ssh" } }),
      ["machines.hosts: found nothing, expected a list of machines, each with name, address and hostKey"],
    ],
    [
      "an empty list",
      overSsh({ machines: { kind: "ssh", hosts: [] } }),
      ["machines.hosts: found an empty list, expected one machine or more"],
    ],
    [
      "two machines, which survive no more than one",
      overSsh({ machines: hosts(11, 12) }),
      [
        "machines.hosts: found 2, expected an odd number: etcd needs a majority (2 of 2), so 2 machines survive no more losses than 1; write 1 or 3",
      ],
    ],
    [
      "a count that is another than that of the hosts",
      overSsh({ controlPlane: { count: 5 } }),
      ["controlPlane.count: found 5, expected 3, as many as machines.hosts; leave it out"],
    ],
    [
      "a misspelt key of a host",
      firstHost({ adress: "10.0.0.11" }),
      ["machines.hosts[0].adress: no such setting; did you mean address?"],
    ],
    [
      "a host without name, address and key",
      overSsh({ machines: { kind: "ssh", hosts: [{}] } }),
      [
        "machines.hosts[0].name: found nothing, expected a host name, a DNS label",
        "machines.hosts[0].address: found nothing, expected a private IPv4 address",
        'machines.hosts[0].hostKey: found nothing, expected a host key, one line such as "ssh-ed25519 AAAA..."',
      ],
    ],
    [
      "a full host name",
      firstHost({ name: "m11.example.com" }),
      [
        `machines.hosts[0].name: found "m11.example.com", expected the machine's host name, a DNS label of at most 63 characters: a-z, 0-9 and inner "-"`,
      ],
    ],
    [
      "a public address for etcd",
      firstHost({ address: "198.51.100.11" }),
      [
        'machines.hosts[0].address: found "198.51.100.11", a public address, expected one inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; etcd listens there. Give the public one as sshHost',
      ],
    ],
    [
      "an address with a prefix length",
      firstHost({ address: "10.0.0.11/24" }),
      [
        'machines.hosts[0].address: found "10.0.0.11/24", expected an address without a prefix length; write "10.0.0.11"',
      ],
    ],
    [
      "an IPv6 address",
      firstHost({ address: "fd00::11" }),
      ['machines.hosts[0].address: found "fd00::11", expected an IPv4 address; IPv6 is not supported'],
    ],
    [
      "the loopback address",
      firstHost({ address: "127.0.0.1" }),
      [
        'machines.hosts[0].address: found "127.0.0.1", which no machine can be reached at; expected an address such as "10.0.0.11"',
      ],
    ],
    [
      "a URL to reach by SSH",
      firstHost({ sshHost: "ssh://m11:22" }),
      [
        'machines.hosts[0].sshHost: found "ssh://m11:22", expected an address or a DNS name to reach by SSH; scheme, user and port have no place in it',
      ],
    ],
    [
      "a port that is none",
      firstHost({ port: 0 }),
      ["machines.hosts[0].port: found 0, expected a TCP port, 1 to 65535"],
    ],
    [
      "an interface's name that Linux refuses",
      firstHost({ interface: "a-very-long-interface" }),
      [
        'machines.hosts[0].interface: found "a-very-long-interface", expected the name of a network interface, at most 15 characters, such as "bond0"',
      ],
    ],
    [
      "a bastion without host",
      firstHost({ bastion: { user: "ops" } }),
      ["machines.hosts[0].bastion.host: found nothing, expected the bastion's address or DNS name"],
    ],
    [
      "a machine inside the pods' range",
      firstHost({ address: "10.244.0.11" }),
      [
        `machines.hosts[0].address: found "10.244.0.11", outside the VIP's subnet 10.0.0.0/24; expected all in one subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger`,
        'machines.hosts[0].address: found "10.244.0.11", inside network.podCidr "10.244.0.0/16"; expected ranges apart, choose another podCidr',
      ],
    ],
    [
      "a machine outside the range of machines",
      overSsh({
        machines: { kind: "ssh", hosts: [host(11), host(12), host(13, { address: "10.1.0.13" })] },
        endpoint: EXTERNAL,
        network: { machineCidr: "10.0.0.0/24" },
      }),
      [
        'machines.hosts[2].address: found "10.1.0.13", outside network.machineCidr "10.0.0.0/24"; expected an address in it, or leave machineCidr out',
      ],
    ],
  ]));

describe("a host key", () =>
  refuses([
    [
      "that is missing",
      firstHost({ hostKey: undefined }),
      ['machines.hosts[0].hostKey: found nothing, expected a host key, one line such as "ssh-ed25519 AAAA..."'],
    ],
    [
      "that is a fingerprint",
      firstHost({ hostKey: "SHA256:uNiVztksCsDhcc0u9e8BrJXVM2Jl1Mv2E1mCiKpBwQQ" }),
      ["machines.hosts[0].hostKey: found a fingerprint, expected the key itself; ssh-keyscan prints it"],
    ],
    [
      "of RSA, which the command plugin cannot verify",
      firstHost({ hostKey: "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ" }),
      [
        "machines.hosts[0].hostKey: found an RSA key, expected an ed25519 or ecdsa one: Pulumi's command plugin asks for RSA signatures with SHA-1, which OpenSSH 8.8 and later refuse; 'ssh-keyscan -t ed25519 HOST' prints the other one",
      ],
    ],
    [
      "with the host's name in front, as ssh-keyscan prints it",
      firstHost({ hostKey: `m11 ${hostKey(11)}` }),
      ['machines.hosts[0].hostKey: found "m11" in front of the key, as ssh-keyscan prints it; leave it out'],
    ],
    [
      "that was cut",
      firstHost({ hostKey: "ssh-ed25519 AAAA" }),
      [
        'machines.hosts[0].hostKey: found a text that starts with "ssh-ed25519", expected a host key, one line such as "ssh-ed25519 AAAA..."',
      ],
    ],
    [
      "that is a private key",
      firstHost({ hostKey: PRIVATE_KEY }),
      [
        "machines.hosts[0].hostKey: found a private key, expected the machine's public host key; make new host keys if it was shared",
      ],
    ],
  ]));

describe("machines named twice", () =>
  refuses([
    [
      "by address",
      firstHost({ address: "10.0.0.12" }),
      [
        'machines.hosts[1].address: found "10.0.0.12", that of machines.hosts[0], a control-plane machine; expected another address',
      ],
    ],
    [
      "by name",
      firstHost({ name: "m13" }),
      [
        `machines.hosts[2].name: found "m13", that of machines.hosts[0], a control-plane machine; expected another name; Nodes and etcd's members are told apart by it`,
      ],
    ],
    [
      "by where SSH goes",
      firstHost({ sshHost: "10.0.0.12" }),
      [
        'machines.hosts[1].sshHost: found "10.0.0.12:22", that of machines.hosts[0], a control-plane machine; expected another machine behind SSH',
      ],
    ],
    [
      "by host key, as cloned machines have it",
      firstHost({ hostKey: hostKey(13) }),
      [
        'machines.hosts[2].hostKey: found "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5...", that of machines.hosts[0], a control-plane machine; expected another key; cloned machines share theirs: remove /etc/ssh/ssh_host_*, run ssh-keygen -A and restart sshd on one',
      ],
    ],
    [
      "as a whole, in two roles",
      pool({ machines: hosts(12) }),
      [
        "workers[0].machines.hosts[0]: found the machine of machines.hosts[1], a control-plane machine, again; expected each machine once, as a machine has one role",
      ],
    ],
    [
      "as a balancer and a control-plane machine",
      endpoint(BALANCERS, { machines: hosts(8, 11) }),
      [
        "endpoint.machines.hosts[1]: found the machine of machines.hosts[0], a control-plane machine, again; expected each machine once, as a machine has one role",
      ],
    ],
  ]));
