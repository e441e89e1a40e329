import { describe } from "vitest";
import { LEAST, given, refuses } from "./samples";

describe("the whole", () =>
  refuses([
    ["nothing at all", undefined, ["rackplane: found nothing, expected an object with machines and ssh"]],
    [
      "an empty configuration",
      {},
      [
        "machines: found nothing, expected an object whose kind is equinix-metal or ssh",
        'ssh: found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
      ],
    ],
    [
      "a misspelt section, with the right word",
      given({ netwrok: {} }),
      ["netwrok: no such setting; did you mean network?"],
    ],
    [
      "a misspelt key inside a section, whatever its case",
      given({ network: { podCIDR: "10.1.0.0/16" } }),
      ["network.podCIDR: no such setting; did you mean podCidr?"],
    ],
    [
      "a key that is like no other, with the ones there are",
      given({ network: { mtu: 1400 } }),
      [
        "network.mtu: no such setting; expected kind, podCidr, serviceCidr, machineCidr, dnsDomain, backend or flannelImage",
      ],
    ],
    [
      "a section that is no object",
      given({ controlPlane: 3 }),
      ["controlPlane: found 3, expected an object with count, schedulable or isolation"],
    ],
    [
      "an empty section of YAML, which is null",
      given({ controlPlane: null }),
      ["controlPlane: found null, expected an object with count, schedulable or isolation"],
    ],
    [
      "a cluster name with capitals",
      given({ name: "Prod" }),
      ['name: found "Prod", expected a DNS label of at most 58 characters: a-z, 0-9 and inner "-"'],
    ],
    [
      "a cluster name that leaves no room for -cp-0",
      given({ name: "a".repeat(59) }),
      [
        'name: found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", expected a DNS label of at most 58 characters: a-z, 0-9 and inner "-"',
      ],
    ],
    [
      "a stack's name that cannot be a cluster's",
      LEAST,
      [
        `name: found none, and the stack's or component's name "Prod_1" is no DNS label of at most 58 characters: a-z, 0-9 and inner "-"; set name`,
      ],
      { name: "Prod_1" },
    ],
  ]));

describe("the Kubernetes version", () =>
  refuses([
    [
      "a v in front",
      given({ kubernetesVersion: "v1.34.3" }),
      ['kubernetesVersion: found "v1.34.3", expected no "v" in front; write "1.34.3"'],
    ],
    [
      "a minor alone",
      given({ kubernetesVersion: "1.34" }),
      ['kubernetesVersion: found "1.34", expected the patch release too, such as "1.34.3"'],
    ],
    [
      "a number, as YAML reads 1.34 without quotes",
      given({ kubernetesVersion: 1.34 }),
      ['kubernetesVersion: found 1.34, expected an exact version in quotes, such as "1.34.3"'],
    ],
    [
      "a name that moves",
      given({ kubernetesVersion: "latest" }),
      [
        'kubernetesVersion: found "latest", expected an exact version in quotes, such as "1.34.3"; a name that moves would upgrade the cluster unasked',
      ],
    ],
    [
      "a minor that is too old",
      given({ kubernetesVersion: "1.30.9" }),
      [
        `kubernetesVersion: found "1.30.9", expected 1.31 to 1.37; older ones do not know kubeadm's v1beta4 configuration`,
      ],
    ],
    [
      "a minor that is too old, alone: no patch release of it would do",
      given({ kubernetesVersion: "1.29" }),
      [
        `kubernetesVersion: found "1.29", expected 1.31 to 1.37; older ones do not know kubeadm's v1beta4 configuration`,
      ],
    ],
    [
      "a minor that is too new",
      given({ kubernetesVersion: "1.38.0" }),
      ['kubernetesVersion: found "1.38.0", expected 1.31 to 1.37; newer ones are untried, look for a newer Rackplane'],
    ],
    [
      "a pre-release",
      given({ kubernetesVersion: "1.35.0-rc.1" }),
      [
        'kubernetesVersion: found "1.35.0-rc.1", expected a release; pre-releases and builds are not in the package repository',
      ],
    ],
    [
      "a word",
      given({ kubernetesVersion: "newest" }),
      ['kubernetesVersion: found "newest", expected an exact version in quotes, such as "1.34.3"'],
    ],
  ]));

describe("the control plane", () =>
  refuses([
    [
      "no machine",
      given({ controlPlane: { count: 0 } }),
      ["controlPlane.count: found 0, expected 1, 3, 5 or 7 machines"],
    ],
    [
      "two machines, which survive no more than one",
      given({ controlPlane: { count: 2 } }),
      [
        "controlPlane.count: found 2, expected an odd number: etcd needs a majority (2 of 2), so 2 machines survive no more losses than 1; write 1 or 3",
      ],
    ],
    [
      "four machines",
      given({ controlPlane: { count: 4 } }),
      [
        "controlPlane.count: found 4, expected an odd number: etcd needs a majority (3 of 4), so 4 machines survive no more losses than 3; write 3 or 5",
      ],
    ],
    [
      "nine machines",
      given({ controlPlane: { count: 9 } }),
      [
        "controlPlane.count: found 9, expected 1, 3, 5 or 7 machines; every write waits for a majority of etcd, so more members are slower",
      ],
    ],
    [
      "half a machine",
      given({ controlPlane: { count: 2.5 } }),
      ["controlPlane.count: found 2.5, expected 1, 3, 5 or 7 machines"],
    ],
    [
      "a count in quotes",
      given({ controlPlane: { count: "3" } }),
      ['controlPlane.count: found "3", expected 1, 3, 5 or 7 machines'],
    ],
    [
      "yes for true",
      given({ controlPlane: { schedulable: "yes" } }),
      ['controlPlane.schedulable: found "yes", expected true or false'],
    ],
  ]));

describe("address ranges", () =>
  refuses([
    [
      "pods that overlap services",
      given({ network: { podCidr: "10.96.0.0/12" } }),
      [
        'network.serviceCidr: found "10.96.0.0/16", which overlaps network.podCidr "10.96.0.0/12"; expected ranges apart, choose another',
      ],
    ],
    [
      "machines that overlap pods and services",
      given({ network: { machineCidr: "10.0.0.0/8" } }),
      [
        'network.machineCidr: found "10.0.0.0/8", which overlaps network.podCidr "10.244.0.0/16"; expected ranges apart, choose another',
        'network.machineCidr: found "10.0.0.0/8", which overlaps network.serviceCidr "10.96.0.0/16"; expected ranges apart, choose another',
      ],
    ],
    [
      "bits set behind the prefix",
      given({ network: { podCidr: "10.244.1.0/16" } }),
      ['network.podCidr: found "10.244.1.0/16", which has bits set behind the prefix; write "10.244.0.0/16"'],
    ],
    [
      "an address without prefix",
      given({ network: { podCidr: "10.244.0.0" } }),
      ['network.podCidr: found "10.244.0.0", expected a prefix length behind it, such as "10.244.0.0/16"'],
    ],
    [
      "IPv6",
      given({ network: { podCidr: "fd00::/48" } }),
      ['network.podCidr: found "fd00::/48", expected an IPv4 range; IPv6 is not supported'],
    ],
    [
      "a short form that only some programs read",
      given({ network: { podCidr: "10.244/16" } }),
      ['network.podCidr: found "10.244/16", expected an IPv4 range such as "10.244.0.0/16"'],
    ],
    [
      "public addresses",
      given({ network: { podCidr: "8.8.0.0/16" } }),
      [
        `network.podCidr: found "8.8.0.0/16", expected a range inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; the VIP and the machines' public addresses are public`,
      ],
    ],
    [
      "the switches' range",
      given({ network: { serviceCidr: "169.254.0.0/16" } }),
      [
        `network.serviceCidr: found "169.254.0.0/16", expected a range outside 169.254.0.0/16; the switches' BGP addresses lie there`,
      ],
    ],
    [
      "all of 10.0.0.0/8 for pods",
      given({ network: { podCidr: "10.0.0.0/8", serviceCidr: "172.20.0.0/16" } }),
      [
        `network.podCidr: found "10.0.0.0/8", expected a prefix length of /9 to /24; each machine takes a /24, and the machines' own addresses lie in 10.0.0.0/8`,
      ],
    ],
    [
      "a pod range with room for two of three machines",
      given({ network: { podCidr: "10.244.0.0/23" } }),
      [
        'network.podCidr: found "10.244.0.0/23", a /24 each for 2 of 3 machines; expected /22 or larger, and larger still for workers',
      ],
    ],
    [
      "too few services",
      given({ network: { serviceCidr: "10.96.0.0/30" } }),
      ['network.serviceCidr: found "10.96.0.0/30", expected a prefix length of /12 to /28; kubeadm refuses others'],
    ],
    [
      "too many services",
      given({ network: { serviceCidr: "10.128.0.0/9", podCidr: "172.20.0.0/16" } }),
      ['network.serviceCidr: found "10.128.0.0/9", expected a prefix length of /12 to /28; kubeadm refuses others'],
    ],
    [
      "a misspelt backend",
      given({ network: { backend: "vxlam" } }),
      ['network.backend: found "vxlam", expected vxlan or host-gw; did you mean vxlan?'],
    ],
    [
      "a domain with an underscore",
      given({ network: { dnsDomain: "Cluster_Local" } }),
      ['network.dnsDomain: found "Cluster_Local", expected a DNS name in lower case, such as "cluster.local"'],
    ],
    [
      "flannel without a version",
      given({ network: { flannelImage: "ghcr.io/flannel-io/flannel" } }),
      [
        'network.flannelImage: found "ghcr.io/flannel-io/flannel", which names no version; expected an image with its version, such as "registry.example.com/name:v1.2.3"',
      ],
    ],
  ]));

const UNPINNED =
  "mirrors.packages.keySha256: found none for a signing key that comes over plain http, expected its SHA-256, as whoever can change the key on its way can change every package; set it to what `sha256sum Release.key` says where the mirror was made, or give an https keyUrl";

describe("mirrors, documents, names and deadlines", () =>
  refuses([
    [
      "a mirror that is no web address",
      given({ mirrors: { packages: { url: "ftp://mirror/deb/" } } }),
      ['mirrors.packages.url: found scheme "ftp", expected http or https'],
    ],
    [
      "a password in a mirror's address, without quoting it",
      given({ mirrors: { packages: { url: "https://me:hunter2@mirror/deb/" } } }),
      ["mirrors.packages.url: found a user or password in it, expected none; machines keep this address in plain text"],
    ],
    [
      "a package mirror without address",
      given({ mirrors: { packages: { keyUrl: "https://mirror/key" } } }),
      ['mirrors.packages.url: found nothing, expected an address such as "https://mirror.example.com"'],
    ],
    [
      "a proxy with a password or a path, and an exception that is none",
      given({ mirrors: { proxy: { url: "http://me:hunter2@proxy:3128", except: ["mirror.lan", "a host"] } } }),
      [
        "mirrors.proxy.url: found a user or password in it, expected none; machines keep this address in plain text",
        'mirrors.proxy.except[1]: found "a host", expected a host, a network or the end of a name, such as "mirror.example.com", "10.0.0.0/8" or ".lan"',
      ],
    ],
    [
      "a proxy's URL that systemd would read otherwise",
      given({ mirrors: { proxy: { url: "http://proxy:3128/%20" } } }),
      [
        'mirrors.proxy.url: found "http://proxy:3128/%20", expected the proxy\'s scheme, host and port, such as "http://proxy.example.com:3128"',
      ],
    ],
    [
      "a mirror's bare name",
      given({ mirrors: { images: { "registry.k8s.io": "mirror" } } }),
      ['mirrors.images["registry.k8s.io"]: found "mirror", expected an address such as "https://mirror.example.com"'],
    ],
    [
      "a short checksum",
      given({ mirrors: { packages: { url: "http://mirror/deb/", keySha256: "abc" } } }),
      ['mirrors.packages.keySha256: found "abc", expected the SHA-256 of the armoured signing key, 64 hex digits'],
    ],
    [
      "a mirror over plain http whose key nothing pins",
      given({ mirrors: { packages: { url: "http://mirror/deb/" } } }),
      [UNPINNED],
    ],
    [
      "a key over plain http, though the packages come over https",
      given({ mirrors: { packages: { url: "https://mirror/deb/", keyUrl: "HTTP://mirror/key.asc" } } }),
      [UNPINNED],
    ],
    [
      "a registry with its scheme",
      given({ mirrors: { images: { "https://registry.k8s.io/v2": "http://mirror" } } }),
      [
        `mirrors.images["https://registry.k8s.io/v2"]: found "https://registry.k8s.io/v2", expected the registry's host alone; write "registry.k8s.io"`,
      ],
    ],
    [
      "image mirrors as a list",
      given({ mirrors: { images: ["http://mirror"] } }),
      [
        'mirrors.images: found a list of 1, expected an object of registry host to mirror, such as {"registry.k8s.io": "https://mirror.example.com"}',
      ],
    ],
    [
      "a kubelet document with its head",
      given({ kubelet: { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", maxPods: 200 } }),
      [
        `kubelet.apiVersion: found "kubelet.config.k8s.io/v1beta1", expected it left out; the fields are merged into the cluster's own KubeletConfiguration`,
        `kubelet.kind: found "KubeletConfiguration", expected it left out; the fields are merged into the cluster's own KubeletConfiguration`,
      ],
    ],
    [
      "a list for kubelet fields",
      given({ kubelet: [] }),
      ["kubelet: found an empty list, expected fields of KubeletConfiguration, such as { maxPods: 200 }"],
    ],
    [
      "a word for kube-proxy fields",
      given({ kubeProxy: "ipvs" }),
      ['kubeProxy: found "ipvs", expected fields of KubeProxyConfiguration, such as { mode: "nftables" }'],
    ],
    [
      "a date inside kubelet fields",
      given({ kubelet: { a: [{ b: new Date(0) }] } }),
      ["kubelet.a[0].b: found an object, expected plain data that JSON can hold"],
    ],
    [
      "addresses for the certificate that are none",
      given({ apiServerNames: ["https://api.example.com:6443", "1.2.3.400", "*.example.com"] }),
      [
        'apiServerNames[0]: found "https://api.example.com:6443", expected a DNS name in lower case or an address; leave scheme and port out',
        'apiServerNames[1]: found "1.2.3.400", expected a DNS name in lower case or an address',
      ],
    ],
    [
      "deadlines out of range",
      given({ deadlines: { member: 5, metadata: 1e6, bgp: 3 } }),
      [
        "deadlines.bgp: no such setting; expected metadata, bgpNeighbors, downloads or member",
        "deadlines.metadata: found 1000000, expected whole seconds, 10 to 3600",
        "deadlines.member: found 5, expected whole seconds, 60 to 7200",
      ],
    ],
  ]));
