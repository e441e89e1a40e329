import { describe } from "vitest";
import {
  LEAST,
  LOCKED_PRIVATE_KEY,
  PRIVATE_KEY,
  PUBLIC_KEY,
  UUID,
  given,
  machines,
  opensshKey,
  refuses,
  ssh,
} from "./samples";

describe("machines on Equinix Metal", () =>
  refuses([
    [
      "a kind shortened",
      machines({ kind: "equinix" }),
      ['machines.kind: found "equinix", expected equinix-metal or ssh; did you mean equinix-metal?'],
    ],
    ["another kind", machines({ kind: "vsphere" }), ['machines.kind: found "vsphere", expected equinix-metal or ssh']],
    ["no kind", machines({ kind: undefined }), ["machines.kind: found nothing, expected equinix-metal or ssh"]],
    [
      "a list",
      given({ machines: [] }),
      ["machines: found an empty list, expected an object whose kind is equinix-metal or ssh"],
    ],
    [
      "a misspelt key",
      machines({ oparatingSystem: "debian_12" }),
      ["machines.oparatingSystem: no such setting; did you mean operatingSystem?"],
    ],
    [
      "neither metros nor facilities",
      machines({ metros: undefined }),
      ['machines.metros: found no place for the machines, expected one metro or more, such as ["da"]'],
    ],
    [
      "metros and facilities",
      machines({ facilities: ["sv15"] }),
      ["machines.facilities: found metros too, expected one of the two; keep metros, facilities are the older form"],
    ],
    [
      "a facility for a metro",
      machines({ metros: ["sv15"] }),
      ['machines.metros[0]: found "sv15", a facility, expected its metro of two letters; or use facilities'],
    ],
    [
      "a metro for a facility",
      machines({ metros: undefined, facilities: ["sv"] }),
      ['machines.facilities[0]: found "sv", a metro, expected a facility; use metros'],
    ],
    [
      "a city's name",
      machines({ metros: ["dallas"] }),
      ['machines.metros[0]: found "dallas", expected a metro code of two letters, such as "da"'],
    ],
    [
      "a metro outside a list",
      machines({ metros: "da" }),
      ['machines.metros: found "da", expected a list of metros, such as ["da"]'],
    ],
    [
      "no plan",
      machines({ plan: undefined }),
      ['machines.plan: found nothing, expected a server plan, such as "c3.small.x86"'],
    ],
    [
      "a plan of another form",
      machines({ plan: "small" }),
      ['machines.plan: found "small", expected a server plan, such as "c3.small.x86"'],
    ],
    [
      "an operating system that is too old",
      machines({ operatingSystem: "ubuntu_20_04" }),
      [
        'machines.operatingSystem: found "ubuntu_20_04", expected ubuntu_22_04, ubuntu_24_04, ubuntu_26_04, debian_12 or debian_13; did you mean ubuntu_22_04?',
      ],
    ],
    [
      "an unknown operating system",
      machines({ operatingSystem: "windows_2022" }),
      [
        'machines.operatingSystem: found "windows_2022", expected ubuntu_22_04, ubuntu_24_04, ubuntu_26_04, debian_12 or debian_13',
      ],
    ],
    [
      "an unknown billing cycle",
      machines({ billingCycle: "weekly" }),
      ['machines.billingCycle: found "weekly", expected hourly, daily, monthly or yearly'],
    ],
    [
      "one reservation for three machines",
      machines({ hardwareReservationIds: [UUID] }),
      ["machines.hardwareReservationIds: found 1, expected 3, one per machine (controlPlane.count)"],
    ],
    [
      "one reservation twice, and a word",
      machines({ hardwareReservationIds: [UUID, UUID.toUpperCase(), "next-available"] }),
      [
        'machines.hardwareReservationIds[2]: found "next-available", expected a hardware reservation, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11',
        'machines.hardwareReservationIds[1]: found "0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11" as in [0], expected another one; a reservation holds one machine',
      ],
    ],
    [
      "a project without name and id",
      machines({ project: {} }),
      [
        "machines.project: found neither name nor id, expected an object with name (a new project) or id (an existing one)",
      ],
    ],
    [
      "a project with name and id",
      machines({ project: { name: "a", id: UUID } }),
      ["machines.project: found both name and id, expected one: name makes a new project, id adopts an existing one"],
    ],
    [
      "a project's name for its id",
      machines({ project: { id: "lab" } }),
      [
        `machines.project.id: found "lab", expected the project's id, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`,
      ],
    ],
    [
      "a project that is a text",
      machines({ project: "lab" }),
      ['machines.project: found "lab", expected an object with name, id, organizationId or bgp'],
    ],
    [
      "an MD5 password for an existing project",
      machines({ project: { id: UUID, bgp: { md5Password: "Abcdefghi1" } } }),
      [
        "machines.project.bgp.md5Password: found a password for an existing project, expected none; it is fixed when a project's BGP is enabled, and machines learn it from their metadata",
      ],
    ],
    [
      "an owner for an existing project",
      machines({ project: { id: UUID, organizationId: UUID } }),
      ["machines.project.organizationId: found an owner for an existing project, expected none; leave it out"],
    ],
    [
      "a short MD5 password, without quoting it",
      machines({ project: { name: "a", bgp: { md5Password: "short1A" } } }),
      [
        "machines.project.bgp.md5Password: found 7 characters that do not fit, expected 10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit",
      ],
    ],
    [
      "an MD5 password that is a number",
      machines({ project: { name: "a", bgp: { md5Password: 1234567890 } } }),
      [
        "machines.project.bgp.md5Password: found a number, expected 10 to 20 letters and digits, with a lower-case letter, an upper-case letter and a digit",
      ],
    ],
    [
      "a key that exists nowhere below bgp",
      machines({ project: { name: "a", bgp: { md5: "Abcdefghi1" } } }),
      ["machines.project.bgp.md5: no such setting; expected md5Password"],
    ],
    [
      "tags with spaces or empty",
      machines({ tags: ["a b", ""] }),
      [
        'machines.tags[0]: found "a b", expected a tag without spaces, of one character or more',
        'machines.tags[1]: found "", expected a tag without spaces, of one character or more',
      ],
    ],
    [
      "no token",
      LEAST,
      [
        "machines: found no API token, expected one in METAL_AUTH_TOKEN, PACKET_AUTH_TOKEN or equinix-metal:authToken; run pulumi config set equinix-metal:authToken --secret",
      ],
      { credentials: false },
    ],
  ]));

describe("the endpoint", () =>
  refuses([
    [
      "an unknown kind",
      given({ endpoint: { kind: "balancer" } }),
      [
        'endpoint.kind: found "balancer", expected kube-vip-bgp, kube-vip-arp, keepalived, balancers or external; did you mean balancers?',
      ],
    ],
    [
      "a hold time below BGP's least",
      given({ endpoint: { holdSeconds: 2 } }),
      ["endpoint.holdSeconds: found 2, expected whole seconds (RFC 4271: 3 or more), 3 to 65535"],
    ],
    [
      "keepalives too far apart",
      given({ endpoint: { holdSeconds: 5, keepaliveSeconds: 2 } }),
      [
        "endpoint.keepaliveSeconds: found 2 with a hold time of 5, expected at most a third of it, so that one lost keepalive ends no session; write 1 or raise holdSeconds",
      ],
    ],
    [
      "a port that is none",
      given({ endpoint: { port: 70000 } }),
      ["endpoint.port: found 70000, expected a TCP port, 1 to 65535"],
    ],
    [
      "the kubelet's port",
      given({ endpoint: { port: 10250 } }),
      ["endpoint.port: found 10250, the port of the kubelet on the same machines; expected a free port, such as 6443"],
    ],
    [
      "a NodePort",
      given({ endpoint: { port: 31000 } }),
      [
        "endpoint.port: found 31000, the port of NodePort services on the same machines; expected a free port, such as 6443",
      ],
    ],
    [
      "half a second",
      given({ endpoint: { probeSeconds: 0.5 } }),
      ["endpoint.probeSeconds: found 0.5, expected whole seconds, 1 to 60"],
    ],
    [
      "kube-vip without a version",
      given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip" } }),
      [
        'endpoint.image: found "ghcr.io/kube-vip/kube-vip", which names no version; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
      ],
    ],
    [
      "kube-vip's latest",
      given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:latest" } }),
      [
        'endpoint.image: found "ghcr.io/kube-vip/kube-vip:latest", which moves; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
      ],
    ],
    [
      "a kube-vip that reads other settings",
      given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:v0.8.10" } }),
      ["endpoint.image: found v0.8.10, expected v0.9.0 or newer; older ones read other settings (vip_cidr, metal)"],
    ],
    [
      "a kube-vip that is known to fail",
      given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:v1.1.0" } }),
      [
        "endpoint.image: found v1.1.0, expected another version; it tears its BGP sessions down in a control-plane static pod (kube-vip #1466)",
      ],
    ],
    [
      "a kube-vip of a branch",
      given({ endpoint: { image: "ghcr.io/kube-vip/kube-vip:main" } }),
      ['endpoint.image: found tag "main", which tells no version; expected v0.9.0 or newer'],
    ],
    [
      "an image that is none",
      given({ endpoint: { image: "kube vip" } }),
      [
        'endpoint.image: found "kube vip", expected an image with its version, such as "registry.example.com/name:v1.2.3"',
      ],
    ],
    [
      "a block of another project",
      given({ endpoint: { reservationId: UUID } }),
      [
        "endpoint.reservationId: found a block with a new project, expected an existing project; a block belongs to one project, set machines.project.id",
      ],
    ],
    [
      "a block's address for its id",
      { ...machines({ project: { id: UUID } }), endpoint: { reservationId: "203.0.113.7" } },
      [
        `endpoint.reservationId: found "203.0.113.7", expected a global_ipv4 block's id, a UUID such as 0b6e2d0c-59a6-4a5a-9c3d-2f6f0d9c7a11`,
      ],
    ],
  ]));

describe("keys for SSH", () =>
  refuses([
    [
      "no key",
      given({ ssh: undefined }),
      [
        'ssh: found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
      ],
    ],
    [
      "a private key alone",
      given({ ssh: { privateKey: PRIVATE_KEY } }),
      [
        "ssh: found a private key and no public key, expected both; set ssh.publicKeyPath (ssh-keygen -y makes it from the private key)",
      ],
    ],
    [
      "a private key for the public one, without quoting it",
      given({ ssh: { publicKey: PRIVATE_KEY } }),
      [
        "ssh.publicKey: found a private key, expected the public one; machines would be given the private key, so make a new pair if it was shared",
      ],
    ],
    [
      "a text for a public key",
      given({ ssh: { publicKey: "hello" } }),
      [
        'ssh.publicKey: found a text that starts with "hello", expected one line such as "ssh-ed25519 AAAA... me@example.com"',
      ],
    ],
    [
      "a public key whose end is cut off",
      given({ ssh: { publicKey: "ssh-ed25519 AAAA" } }),
      [
        'ssh.publicKey: found a text that starts with "ssh-ed25519", expected one line such as "ssh-ed25519 AAAA... me@example.com"',
      ],
    ],
    [
      "two public keys in one",
      given({ ssh: { publicKey: `${PUBLIC_KEY}\n${PUBLIC_KEY}` } }),
      ['ssh.publicKey: found 2 lines, expected one line such as "ssh-ed25519 AAAA... me@example.com"'],
    ],
    [
      "a public key as text and as a file",
      ssh({ publicKeyPath: "/keys/a.pub" }),
      ["ssh.publicKeyPath: found ssh.publicKey too, expected one of the two; leave one out"],
      { readFile: () => PUBLIC_KEY },
    ],
    [
      "a file that is not there",
      given({ ssh: { publicKeyPath: "/keys/a.pub" } }),
      [
        `ssh.publicKeyPath: cannot read "/keys/a.pub" (ENOENT: no such file or directory, open '/keys/a.pub'); expected a key file, check the path`,
      ],
    ],
    [
      "a file that holds another key",
      ssh({ privateKeyPath: "/keys/a.pub" }),
      [
        "ssh.privateKeyPath: in /keys/a.pub: found a public key, expected the private one; give this one as ssh.publicKey",
      ],
      { readFile: () => PUBLIC_KEY },
    ],
    [
      "a path that depends on where pulumi starts",
      given({ ssh: { publicKeyPath: "keys/a.pub" } }),
      [
        'ssh.publicKeyPath: found "keys/a.pub", expected a path that starts with "/" or "~/"; others depend on where pulumi is started',
      ],
    ],
    [
      "a public key for the private one",
      ssh({ privateKey: PUBLIC_KEY }),
      ["ssh.privateKey: found a public key, expected the private one; give this one as ssh.publicKey"],
    ],
    [
      "a private key with a passphrase",
      ssh({ privateKey: LOCKED_PRIVATE_KEY }),
      [
        "ssh.privateKey: found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent",
      ],
    ],
    [
      "a private key of OpenSSH with a passphrase",
      ssh({ privateKey: opensshKey("aes256-ctr") }),
      [
        "ssh.privateKey: found a key with a passphrase, expected one without; or leave it out and add the key to the SSH agent",
      ],
    ],
    [
      "a text for a private key, without quoting it",
      ssh({ privateKey: "hunter2" }),
      [
        'ssh.privateKey: found no private key, expected a private key in PEM form, "-----BEGIN OPENSSH PRIVATE KEY-----" and so on',
      ],
    ],
    [
      "a user that is none",
      ssh({ user: "Root!" }),
      ['ssh.user: found "Root!", expected a user name: a-z, 0-9, _ and -, at most 32'],
    ],
    [
      "a trust in host keys that there is not",
      ssh({ hostKeys: "first use" }),
      ['ssh.hostKeys: found "first use", expected vouched or first-use; did you mean first-use?'],
    ],
  ]));
