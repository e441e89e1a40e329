import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { parseCluster } from "../../../components/config/parse";
import { readClusterArgs } from "../../../components/config/read";
import { announcersExpected, holds } from "../../cli/endpoint";
import { withKeyPin } from "../../cli/key-pin";
import { REPOSITORY } from "../../cli/paths";
import { completeForPreview } from "../../cli/preview";
import { refuseMistakes } from "../../cli/mistakes";
import { programConfig, readStackFile, stackFile, stackNames, withHostKeys } from "../../cli/stack-file";
import { stackSecrets } from "../../cli/stack-secrets";
import { CONFORMANCE_IMAGES, furtherImages, referenceOf } from "../../mirrors";
import { lanPlace } from "../../topology";

const all = stackNames([path.join(REPOSITORY, "rack/stacks")]);
const stacks = all.filter(stack => readStackFile(stack).hosts.length > 0);

describe("the rack's stacks of machines that exist", () => {
  it("are one for each way to hold the VIP, two of BGP's, one with workers, one that keeps its control plane apart, one of a single machine, one with a pod network of its own, three that are upgraded, one whose settings are edited, one whose certificate authorities are exchanged, one whose machines are replaced, one that is lost and restored, one that grows and shrinks, one whose `up` is killed and two whose Services are announced", () => {
    expect(stacks.map(stack => [stack, readStackFile(stack).endpoint.kind])).toEqual([
      ["rack-arp", "kube-vip-arp"],
      ["rack-authorities", "kube-vip-bgp"],
      ["rack-balancers", "balancers"],
      ["rack-bgp", "kube-vip-bgp"],
      ["rack-bird", "kube-vip-bgp"],
      ["rack-external", "external"],
      ["rack-haproxy", "keepalived"],
      ["rack-isolation", "kube-vip-arp"],
      ["rack-killed", "kube-vip-bgp"],
      ["rack-manifests", "kube-vip-arp"],
      ["rack-nginx", "keepalived"],
      ["rack-one", "kube-vip-arp"],
      ["rack-replace", "kube-vip-bgp"],
      ["rack-restore", "kube-vip-bgp"],
      ["rack-scale", "keepalived"],
      ["rack-services-arp", "kube-vip-arp"],
      ["rack-services-bgp", "kube-vip-bgp"],
      ["rack-settings", "kube-vip-bgp"],
      ["rack-upgrade-killed", "keepalived"],
      ["rack-upgrade-minor", "kube-vip-arp"],
      ["rack-upgrade", "kube-vip-bgp"],
      ["rack-workers", "kube-vip-arp"],
    ]);
  });
  it("share no name, address, VIP or VRRP id, so that they can stand side by side", () => {
    const hosts = stacks.flatMap(stack => readStackFile(stack).hosts);
    const vips = stacks.map(stack => readStackFile(stack).endpoint.address);
    const all = [...hosts.map(({ address }) => address), ...vips];
    expect(new Set(all).size).toBe(all.length);
    expect(new Set(hosts.map(({ name }) => name)).size).toBe(hosts.length);
    hosts.forEach(({ address }) => lanPlace(address));
    const ids = stacks.flatMap(stack => /virtualRouterId: (\d+)/.exec(readStackFile(stack).text)?.[1] ?? []);
    expect(new Set(ids).size).toBe(5);
  });
  it.each(stacks)("%s is taken by the program once the rack has completed it", stack => {
    const { config } = parse(completeForPreview(readStackFile(stack))) as { config: Record<string, unknown> };
    const args = Object.fromEntries(
      Object.entries(config)
        // The rack's own keys are in another namespace.
        .filter(([key]) => key.startsWith("rackplane:"))
        .map(([key, value]) => [key.replace(/^rackplane:/, ""), value]),
    );
    // The operator's key file is made with the rack.
    const spec = parseCluster({ ...args, ssh: {} }, { name: stack });
    expect(spec).toMatchObject({
      controlPlane: {
        count: ["rack-isolation", "rack-manifests", "rack-one", "rack-scale", "rack-services-arp"].includes(stack)
          ? 1
          : 3,
      },
      machines: { kind: "ssh" },
      endpoint: { kind: readStackFile(stack).endpoint.kind },
    });
  });
  it.each(stacks)("%s holds neither a key nor a secret itself", stack => {
    const text = fs.readFileSync(path.join(REPOSITORY, `rack/stacks/${stack}.yaml`), "utf8");
    expect(text).not.toMatch(/^[^#]*(hostKey|password|md5Password):/m);
  });
});

it.each(all)("%s is completed with a pin for the key of the rack's package mirror", stack => {
  const { config } = parse(completeForPreview(readStackFile(stack))) as {
    config: Record<string, { packages?: { keySha256?: string } }>;
  };
  expect(config["rackplane:mirrors"]?.packages?.keySha256).toMatch(/^[0-9a-f]{64}$/);
});

describe("a stack file", () => {
  const text = [
    "# kept",
    "config:",
    "  rackplane:machines:",
    "    kind: ssh",
    "    hosts: [{ name: a, address: 10.71.0.2 }]",
    "  rackplane:workers:",
    "    - { name: w, machines: { kind: ssh, hosts: [{ name: b, address: 10.71.0.3 }] } }",
    "    - { name: rented, machines: { kind: equinix-metal, count: 2 } }",
    "  rackplane:endpoint: { kind: balancers, address: 10.71.0.9, machines: { kind: ssh, hosts: [{ name: c, address: 10.71.0.4 }] } }",
  ].join("\n");

  it("names machines in three places, each with its role", () => {
    expect(stackFile(text).hosts.map(({ name, role }) => [name, role])).toEqual([
      ["a", "control-plane"],
      ["b", "worker"],
      ["c", "balancer"],
    ]);
  });
  it("gets every machine's key and keeps what a person wrote", () => {
    const keyed = withHostKeys(
      stackFile(text),
      new Map([
        ["a", "ssh-ed25519 A"],
        ["b", "ssh-ed25519 B"],
        ["c", "ssh-ed25519 C"],
      ]),
    );
    expect(keyed).toMatch(/^# kept\n/);
    expect(keyed.match(/hostKey: ssh-ed25519 [ABC]/g)).toEqual([
      "hostKey: ssh-ed25519 A",
      "hostKey: ssh-ed25519 B",
      "hostKey: ssh-ed25519 C",
    ]);
  });
  it("that has a key for one machine is completed for none: what is wrong with keys is the program's to tell", () => {
    const own = text.replace("address: 10.71.0.2", 'address: 10.71.0.2, hostKey: ""');
    expect(withHostKeys(stackFile(own), new Map())).toBe(own);
    expect(completeForPreview(stackFile(own))).not.toContain("ssh-ed25519");
  });
  it("with a machine that the rack does not have is refused by name", () => {
    expect(() => withHostKeys(stackFile(text), new Map([["a", "ssh-ed25519 A"]]))).toThrow(
      /machines b, c: found none of these in the rack/,
    );
  });
  it("of rented machines has no host, and the endpoint that the program takes by default", () => {
    expect(readStackFile("rack")).toMatchObject({
      hosts: [],
      endpoint: { kind: "kube-vip-bgp", port: 6443, apiServerPort: 6443 },
    });
  });
  it("says whether the switches are to speak BFD", () => {
    const bfd = (fields: string) => stackFile(`config: { 'rackplane:endpoint': { ${fields} } }`).endpoint.bfd;
    expect(readStackFile("rack-bird").endpoint.bfd).toBe(true);
    expect([bfd(""), bfd("speaker: bird"), bfd("speaker: bird, bfd: { enabled: false }")]).toEqual([
      false,
      true,
      false,
    ]);
  });
  it("says which operating systems its machines boot", () => {
    const systems = (text: string) => stackFile(text).systems;
    expect(readStackFile("rack").systems).toEqual(["debian_12"]);
    expect(readStackFile("rack-debian-13").systems).toEqual(["debian_13"]);
    expect(systems(text)).toEqual(["debian_12"]);
    expect(systems(text.replace("config:", "config:\n  rack:operatingSystem: debian_13"))).toEqual([
      "debian_12",
      "debian_13",
    ]);
    // The rack has no image of Ubuntu, and its Metal API boots the default.
    expect(readStackFile("equinix-metal").systems).toEqual(["debian_12"]);
    expect(() => systems("config: { 'rack:operatingSystem': debian_11 }")).toThrow(
      'rack:operatingSystem: found "debian_11", expected one of debian_12, debian_13',
    );
  });
  it("names its own image of what holds the VIP, and that one alone is built besides", () => {
    const image = "ghcr.io/kube-vip/kube-vip:v0.9.1";
    const named = stackFile(`config: { 'rackplane:endpoint': { kind: kube-vip-arp, image: '${image}' } }`);
    expect(furtherImages(named.images).map(({ tool }) => tool)).toEqual(["kube-vip-0.9"]);
    expect(furtherImages(readStackFile("rack-arp").images)).toEqual([]);
    expect(furtherImages(readStackFile("rack-services-arp").images).map(({ tool }) => tool)).toEqual([
      "kube-vip-cloud-provider",
    ]);
    const [asked] = CONFORMANCE_IMAGES.map(referenceOf);
    expect(furtherImages(stackFile(`config: { 'rack:images': ['${asked}'] }`).images).map(({ tool }) => tool)).toEqual([
      "conformance",
    ]);
    expect(furtherImages(readStackFile("rack-cloud").images).map(({ tool }) => tool)).toEqual([
      "cloud-provider-equinix-metal",
    ]);
  });
  it("whose packages come over plain http gets the pin of the rack's own key, and keeps what a person wrote", () => {
    const { text } = readStackFile("rack");
    const pinned = withKeyPin(text, "c0ffee");
    expect(pinned).toMatch(/^ {6}keySha256: c0ffee$/m);
    expect(pinned.match(/#.*/g)).toEqual(text.match(/#.*/g));
    expect(withKeyPin(pinned, "other")).toBe(pinned);
    expect(withKeyPin(text, undefined)).toBe(text);
    expect(withKeyPin(readStackFile("equinix-metal-adopted").text, "c0ffee")).toBe(
      readStackFile("equinix-metal-adopted").text,
    );
  });
  it("that there is none of is refused with those there are", () => {
    expect(() => readStackFile("nowhere")).toThrow(/found no nowhere.yaml, expected one of: .*rack-arp/);
  });
  it("says which secrets it needs", () => {
    const of = (stack: string) =>
      stackSecrets(stack, readStackFile(stack)).map(({ path: at, secret }) => `${at} ${secret}`);
    expect(of("rack-haproxy")).toEqual([]);
    expect(of("rack-nginx")).toEqual(["rackplane:endpoint.password vrrp-password"]);
    expect(of("rack-bgp")).toEqual([0, 1].map(i => `rackplane:endpoint.peers[${i}].md5Password md5-password`));
    expect(of("rack-services-bgp")).toEqual(of("rack-bgp"));
    expect(of("rack-bird")).toEqual(of("rack-bgp"));
    expect(of("rack-arp")).toEqual([]);
    expect(of("rack-restore")).toEqual(["rackplane:backups.to[1].secretKey s3-key"]);
    expect(of("rack-cloud")).toEqual([
      "rackplane:machines.project.bgp.md5Password md5-password",
      "rackplane:cloudProvider.apiToken metal-token",
    ]);
  });
});

describe("who holds a VIP", () => {
  const link = (ifname: string, local: string) => ({ ifname, addr_info: [{ local }] });
  it("is seen on a wire, never on lo", () => {
    expect(holds(JSON.stringify([{}, link("eth0", "10.71.0.100")]), "10.71.0.100")).toBe(true);
    expect(holds(JSON.stringify([link("lo", "10.71.0.100"), link("eth0", "10.71.0.21")]), "10.71.0.100")).toBe(false);
    expect(holds("", "10.71.0.100")).toBe(false);
  });
  it("is every machine over BGP, one by ARP or VRRP, and nobody of ours behind somebody else's balancer", () => {
    expect(
      ["kube-vip-bgp", "kube-vip-arp", "keepalived", "balancers", "external"].map(kind => announcersExpected(kind, 3)),
    ).toEqual([3, 1, 1, 1, 0]);
  });
});

it("a stack file is taken from another folder where one is named", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-stacks-"));
  fs.writeFileSync(path.join(folder, "mine.yaml"), "config: { 'rackplane:endpoint': { kind: external } }\n");
  expect(readStackFile("mine", [folder]).endpoint.kind).toBe("external");
  expect(() => readStackFile("rack", [folder])).toThrow(/expected one of: mine/);
});

it("what is no list where one belongs is left to the program, which refuses it by its name", () => {
  const { hosts } = stackFile(
    "config:\n  rackplane:workers: { name: general }\n  rackplane:machines: { kind: ssh, hosts: { name: m1 } }\n",
  );
  expect(hosts).toEqual([]);
  expect(stackFile("config:\n  rackplane:workers: [ null, 3 ]\n").hosts).toEqual([]);
});

describe("a stack file with mistakes", () => {
  const refused = (text: string): string => {
    try {
      refuseMistakes("mine", stackFile(text));
    } catch (error) {
      return (error as Error).message;
    }
    return "";
  };
  const MISTAKEN = `config:
  rackplane:kubernetesVersion: "1.29"
  rackplane:machines:
    kind: ssh
    hosts:
      - { name: M1, address: 10.71.0.2/24, hostKey: "" }
      - { name: m2, adress: 10.71.0.3, port: 0 }
      - { name: m3, address: fd00::1, user: -x, hostKey: ssh-rsa AAAA }
      - null
  rackplane:workers: { name: general }
  rackplane:endpoint: { kind: keepalived, address: 10.71.0.9, virtualRouterId: 0, password: 3 }
  rackplane:ssh: nobody
`;

  it("is refused with all of them at once, and nothing is made for it: keys of the same hosts, a list that is none", () => {
    const message = refused(MISTAKEN);
    for (const place of [
      "kubernetesVersion",
      "machines.hosts[0].name",
      "machines.hosts[0].address",
      "machines.hosts[0].hostKey: found an empty text",
      "machines.hosts[1].adress",
      "machines.hosts[1].address",
      "machines.hosts[1].port",
      "machines.hosts[1].hostKey: found nothing",
      "machines.hosts[2].address",
      "machines.hosts[2].user",
      "machines.hosts[2].hostKey: found an RSA key",
      "machines.hosts[3]",
      "workers: found an object",
      "endpoint.virtualRouterId",
      "ssh: ",
    ])
      expect(message).toContain(`  ${place}`);
  });
  it("is refused with the very list of the program", () => {
    const args = readClusterArgs(programConfig(completeForPreview(stackFile(MISTAKEN))));
    expect(() => parseCluster(args, { name: "mine" })).toThrow();
    try {
      parseCluster(args, { name: "mine" });
    } catch (error) {
      expect(refused(MISTAKEN)).toBe(`stack mine: ${(error as Error).message}`);
    }
  });
  it("is none of the rack's own, on a host where no rack was ever up", () => {
    for (const stack of all) expect(() => refuseMistakes(stack, readStackFile(stack))).not.toThrow();
  });
});
