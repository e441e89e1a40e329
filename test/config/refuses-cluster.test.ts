import { describe } from "vitest";
import { LEAST, given, refuses } from "./samples";

describe("the whole", () => refuses([
  ["nothing at all", undefined, [
    "rackplane: found nothing, expected an object with machines and ssh",
  ]],
  ["an empty configuration", {}, [
    "machines: found nothing, expected an object whose kind is equinix-metal",
    'ssh: found no key, expected a public key; set ssh.publicKeyPath, such as "~/.ssh/id_ed25519.pub", or ssh.publicKey',
  ]],
  ["a misspelt section, with the right word", given({ netwrok: {} }), [
    "netwrok: no such setting; did you mean network?",
  ]],
  ["a misspelt key inside a section, whatever its case", given({ network: { podCIDR: "10.1.0.0/16" } }), [
    "network.podCIDR: no such setting; did you mean podCidr?",
  ]],
  ["a key that is like no other, with the ones there are", given({ network: { mtu: 1400 } }), [
    "network.mtu: no such setting; expected podCidr, serviceCidr, machineCidr, dnsDomain, backend or flannelImage",
  ]],
  ["a section that is no object", given({ controlPlane: 3 }), [
    "controlPlane: found 3, expected an object with count or schedulable",
  ]],
  ["an empty section of YAML, which is null", given({ controlPlane: null }), [
    "controlPlane: found null, expected an object with count or schedulable",
  ]],
  ["a cluster name with capitals", given({ name: "Prod" }), [
    'name: found "Prod", expected a DNS label of at most 58 characters: a-z, 0-9 and inner "-"',
  ]],
  ["a cluster name that leaves no room for -cp-0", given({ name: "a".repeat(59) }), [
    'name: found "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", expected a DNS label of at most 58 characters: a-z, 0-9 and inner "-"',
  ]],
  ["a stack's name that cannot be a cluster's", LEAST, [
    `name: found none, and the stack's or component's name "Prod_1" is no DNS label of at most 58 characters: a-z, 0-9 and inner "-"; set name`,
  ], { name: "Prod_1" }],
]));

describe("the Kubernetes version", () => refuses([
  ["a v in front", given({ kubernetesVersion: "v1.34.3" }), [
    'kubernetesVersion: found "v1.34.3", expected no "v" in front; write "1.34.3"',
  ]],
  ["a minor alone", given({ kubernetesVersion: "1.34" }), [
    'kubernetesVersion: found "1.34", expected the patch release too, such as "1.34.3"',
  ]],
  ["a number, as YAML reads 1.34 without quotes", given({ kubernetesVersion: 1.34 }), [
    'kubernetesVersion: found 1.34, expected an exact version in quotes, such as "1.34.3"',
  ]],
  ["a name that moves", given({ kubernetesVersion: "latest" }), [
    'kubernetesVersion: found "latest", expected an exact version in quotes, such as "1.34.3"; a name that moves would upgrade the cluster unasked',
  ]],
  ["a minor that is too old", given({ kubernetesVersion: "1.30.9" }), [
    `kubernetesVersion: found "1.30.9", expected 1.31 to 1.36; older ones do not know kubeadm's v1beta4 configuration`,
  ]],
  ["a minor that is too new", given({ kubernetesVersion: "1.37.0" }), [
    'kubernetesVersion: found "1.37.0", expected 1.31 to 1.36; newer ones are untried, look for a newer Rackplane',
  ]],
  ["a pre-release", given({ kubernetesVersion: "1.35.0-rc.1" }), [
    'kubernetesVersion: found "1.35.0-rc.1", expected a release; pre-releases and builds are not in the package repository',
  ]],
  ["a word", given({ kubernetesVersion: "newest" }), [
    'kubernetesVersion: found "newest", expected an exact version in quotes, such as "1.34.3"',
  ]],
]));

describe("the control plane", () => refuses([
  ["no machine", given({ controlPlane: { count: 0 } }), [
    "controlPlane.count: found 0, expected 1, 3, 5 or 7 machines",
  ]],
  ["two machines, which survive no more than one", given({ controlPlane: { count: 2 } }), [
    "controlPlane.count: found 2, expected an odd number: etcd needs a majority (2 of 2), so 2 machines survive no more losses than 1; write 1 or 3",
  ]],
  ["four machines", given({ controlPlane: { count: 4 } }), [
    "controlPlane.count: found 4, expected an odd number: etcd needs a majority (3 of 4), so 4 machines survive no more losses than 3; write 3 or 5",
  ]],
  ["nine machines", given({ controlPlane: { count: 9 } }), [
    "controlPlane.count: found 9, expected 1, 3, 5 or 7 machines; every write waits for a majority of etcd, so more members are slower",
  ]],
  ["half a machine", given({ controlPlane: { count: 2.5 } }), [
    "controlPlane.count: found 2.5, expected 1, 3, 5 or 7 machines",
  ]],
  ["a count in quotes", given({ controlPlane: { count: "3" } }), [
    'controlPlane.count: found "3", expected 1, 3, 5 or 7 machines',
  ]],
  ["yes for true", given({ controlPlane: { schedulable: "yes" } }), [
    'controlPlane.schedulable: found "yes", expected true or false',
  ]],
]));
