import { describe } from "vitest";
import { given, refuses } from "./samples";

describe("mirrors, documents, names and deadlines", () => refuses([
  ["a mirror that is no web address", given({ mirrors: { packages: { url: "ftp://mirror/deb/" } } }), [
    'mirrors.packages.url: found scheme "ftp", expected http or https',
  ]],
  ["a password in a mirror's address, without quoting it", given({ mirrors: { packages: { url: "https://me:hunter2@mirror/deb/" } } }), [
    "mirrors.packages.url: found a user or password in it, expected none; machines keep this address in plain text",
  ]],
  ["a package mirror without address", given({ mirrors: { packages: { keyUrl: "https://mirror/key" } } }), [
    'mirrors.packages.url: found nothing, expected an address such as "https://mirror.example.com"',
  ]],
  ["a mirror's bare name", given({ mirrors: { images: { "registry.k8s.io": "mirror" } } }), [
    'mirrors.images["registry.k8s.io"]: found "mirror", expected an address such as "https://mirror.example.com"',
  ]],
  ["a short checksum", given({ mirrors: { packages: { url: "https://mirror/deb/", keySha256: "abc" } } }), [
    'mirrors.packages.keySha256: found "abc", expected the SHA-256 of the armoured signing key, 64 hex digits',
  ]],
  ["a registry with its scheme", given({ mirrors: { images: { "https://registry.k8s.io/v2": "http://mirror" } } }), [
    `mirrors.images["https://registry.k8s.io/v2"]: found "https://registry.k8s.io/v2", expected the registry's host alone; write "registry.k8s.io"`,
  ]],
  ["image mirrors as a list", given({ mirrors: { images: ["http://mirror"] } }), [
    'mirrors.images: found a list of 1, expected an object of registry host to mirror, such as {"registry.k8s.io": "https://mirror.example.com"}',
  ]],
  ["a kubelet document with its head", given({ kubelet: { apiVersion: "kubelet.config.k8s.io/v1beta1", kind: "KubeletConfiguration", maxPods: 200 } }), [
    `kubelet.apiVersion: found "kubelet.config.k8s.io/v1beta1", expected it left out; the fields are merged into the cluster's own KubeletConfiguration`,
    `kubelet.kind: found "KubeletConfiguration", expected it left out; the fields are merged into the cluster's own KubeletConfiguration`,
  ]],
  ["a list for kubelet fields", given({ kubelet: [] }), [
    "kubelet: found an empty list, expected fields of KubeletConfiguration, such as { maxPods: 200 }",
  ]],
  ["a word for kube-proxy fields", given({ kubeProxy: "ipvs" }), [
    'kubeProxy: found "ipvs", expected fields of KubeProxyConfiguration, such as { mode: "nftables" }',
  ]],
  ["a date inside kubelet fields", given({ kubelet: { a: [{ b: new Date(0) }] } }), [
    "kubelet.a[0].b: found an object, expected plain data that JSON can hold",
  ]],
  ["addresses for the certificate that are none", given({ apiServerNames: ["https://api.example.com:6443", "1.2.3.400", "*.example.com"] }), [
    'apiServerNames[0]: found "https://api.example.com:6443", expected a DNS name in lower case or an address; leave scheme and port out',
    'apiServerNames[1]: found "1.2.3.400", expected a DNS name in lower case or an address',
  ]],
  ["deadlines out of range", given({ deadlines: { member: 5, metadata: 1e6, bgp: 3 } }), [
    "deadlines.bgp: no such setting; expected metadata, bgpNeighbors, downloads or member",
    "deadlines.metadata: found 1000000, expected whole seconds, 10 to 3600",
    "deadlines.member: found 5, expected whole seconds, 60 to 7200",
  ]],
]));
