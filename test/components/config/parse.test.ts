import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { ClusterSpec } from "../../../components/config/spec";
import {
  ARP,
  BALANCERS,
  BGP,
  EXTERNAL,
  KEEPALIVED,
  LEAST,
  METAL,
  PRIVATE_KEY,
  PUBLIC_KEY,
  UUID,
  given,
  machines,
  opensshKey,
  overSsh,
  parse,
  refusal,
  ssh,
} from "./samples";

const known = <T>(output: pulumi.Output<T> | undefined): Promise<T | undefined> =>
  new Promise(resolve => pulumi.output(output).apply(value => resolve(value as T | undefined)));

const metal = ({ machines }: ClusterSpec) => {
  if (machines.kind !== "equinix-metal") throw new Error(`found ${machines.kind}, expected equinix-metal`);
  return machines;
};

test("workers have a balancer of their own by default where a fail-over takes seconds", () => {
  const byDefault = [BGP, ARP, KEEPALIVED, BALANCERS, EXTERNAL].map(endpoint => {
    const { kind, nodeLocalBalancer } = parse(overSsh({ endpoint })).endpoint;
    return [kind, nodeLocalBalancer];
  });
  expect(Object.fromEntries(byDefault)).toEqual({
    "kube-vip-bgp": false,
    "kube-vip-arp": true,
    keepalived: true,
    balancers: true,
    external: false,
  });
});

describe("every error comes at once", () => {
  test("bad values, unknown keys, kinds, files and values that do not fit one another", () => {
    const { problems } = refusal(
      {
        name: "Prod",
        kubernetesVersion: "1.34",
        controlPlane: { count: 4 },
        machines: { ...METAL, plan: 3, project: {}, facilities: ["sv15"], hardwareReservationIds: [UUID] },
        endpoint: { kepaliveSeconds: 1, holdSeconds: 3, keepaliveSeconds: 2 },
        network: { podCidr: "10.96.0.0/12", backend: "vxlam" },
        ssh: { publicKeyPath: "/keys/a.pub", user: "" },
        deadline: {},
      },
      { credentials: false },
    );
    expect(problems.map(({ propertyPath }) => propertyPath)).toEqual([
      "deadline",
      "name",
      "kubernetesVersion",
      "controlPlane.count",
      "machines.plan",
      "machines.project",
      "machines.facilities",
      "machines",
      "endpoint.kepaliveSeconds",
      "endpoint.keepaliveSeconds",
      "network.backend",
      "network.serviceCidr",
      "ssh.user",
      "ssh.publicKeyPath",
    ]);
  });

  test("no message quotes a secret", () => {
    const secret = "hunter2hunter2";
    const { message } = refusal(
      given({
        machines: { ...METAL, project: { name: "a", bgp: { md5Password: secret } } },
        ssh: { publicKey: PRIVATE_KEY, privateKey: secret },
        mirrors: {
          packages: { url: `https://me:${secret}@mirror/`, keyUrl: `https://mirror/?token=${secret}` },
          images: { "ghcr.io": `https://me:${secret}@` },
        },
      }),
    );
    expect(message).toContain("6 problems");
    expect(message).not.toContain(secret);
    expect(message).not.toContain(PRIVATE_KEY.split("\n")[1]);
  });
});

describe("what parses", () => {
  test("the least configuration gets every default", () => {
    expect(parse(LEAST)).toEqual({
      name: "prod",
      kubernetesVersion: "1.34.3",
      controlPlane: { count: 3, schedulable: false, names: ["prod-cp-0", "prod-cp-1", "prod-cp-2"] },
      machines: {
        kind: "equinix-metal",
        project: { kind: "new", name: "lab", bgp: {} },
        plan: "c3.small.x86",
        operatingSystem: "ubuntu_24_04",
        sites: { kind: "metros", codes: ["da"] },
        hardwareReservationIds: [],
        tags: [],
        billingCycle: "hourly",
        protect: false,
      },
      workers: [],
      endpoint: {
        nodeLocalBalancer: false,
        kind: "kube-vip-bgp",
        port: 6443,
        holdSeconds: 3,
        keepaliveSeconds: 1,
        probeSeconds: 1,
        speaker: "kube-vip",
        image: "ghcr.io/kube-vip/kube-vip:v1.2.2",
      },
      network: {
        kind: "flannel",
        podCidr: "10.244.0.0/16",
        serviceCidr: "10.96.0.0/16",
        dnsDomain: "cluster.local",
        backend: "vxlan",
        flannelImage: "ghcr.io/flannel-io/flannel:v0.26.7",
      },
      ssh: { user: "root", hostKeys: "vouched", publicKey: PUBLIC_KEY },
      mirrors: {
        packages: {
          url: "https://pkgs.k8s.io/core:/stable:/v1.34/deb/",
          keyUrl: "https://pkgs.k8s.io/core:/stable:/v1.34/deb/Release.key",
        },
        images: {},
      },
      kubelet: {},
      kubeProxy: {},
      apiServer: { extraArgs: {}, extraVolumes: [] },
      controllerManager: { extraArgs: {}, extraVolumes: [] },
      scheduler: { extraArgs: {}, extraVolumes: [] },
      featureGates: {},
      apiServerNames: [],
      packages: {},
      etcd: {
        dataDirectory: "/var/lib/etcd",
        defragment: { timer: false, freePercent: 45, leastBytes: 104_857_600 },
        extraArgs: {},
      },
      certificates: { renewDays: 90, timer: false },
      backups: { hours: 12, keep: 5, to: [{ kind: "machine" }] },
      kubeconfigs: { administrator: { days: 365, clusterRole: "cluster-admin", groups: [], generation: 0 } },
      deadlines: { metadata: 300, bgpNeighbors: 900, downloads: 900, member: 600 },
      generation: 0,
      generations: {},
      protect: false,
    });
  });

  test("a given name wins over the stack's, which may then be anything", () => {
    expect(parse(given({ name: "core" }), { name: "Prod_1" }).controlPlane.names[0]).toBe("core-cp-0");
  });

  test("metros, facilities and reservations are lower case, as the API writes them", () => {
    const spec = parse(
      machines({ metros: ["SV", "Da"], hardwareReservationIds: ["A", "B", "C"].map(end => UUID.slice(0, -1) + end) }),
    );
    expect(spec.machines).toMatchObject({ sites: { kind: "metros", codes: ["sv", "da"] } });
    expect(spec.machines).toMatchObject({
      hardwareReservationIds: ["a", "b", "c"].map(end => UUID.slice(0, -1) + end),
    });
    const older = parse(machines({ metros: [], facilities: ["SV15"] }));
    expect(older.machines).toMatchObject({ sites: { kind: "facilities", codes: ["sv15"] } });
  });

  test("an existing project is adopted with its block", () => {
    const spec = parse({ ...machines({ project: { id: UUID } }), endpoint: { reservationId: UUID } });
    expect(spec.machines).toMatchObject({ project: { kind: "adopted", id: UUID } });
    expect(spec.endpoint).toMatchObject({ reservationId: UUID });
  });

  test("a package mirror ends in a slash and its key lies beside the packages", () => {
    const { packages, images } = parse(
      given({
        mirrors: {
          packages: { url: "http://192.0.2.2/deb", keySha256: "AB".repeat(32) },
          images: { "registry.k8s.io": "http://192.0.2.2:5000/" },
        },
      }),
    ).mirrors;
    expect(packages).toEqual({
      url: "http://192.0.2.2/deb/",
      keyUrl: "http://192.0.2.2/deb/Release.key",
      keySha256: "ab".repeat(32),
    });
    expect(images).toEqual({ "registry.k8s.io": "http://192.0.2.2:5000" });
  });

  test("a proxy is used for everything but what it is told to leave", () => {
    const { proxy } = parse(given({ mirrors: { proxy: { url: "http://proxy:3128" } } })).mirrors;
    expect(proxy).toEqual({ url: "http://proxy:3128", except: [] });
  });

  test("packages may come over plain http when their key does not, or is pinned: apt checks what it signed", () => {
    const packages = { url: "http://192.0.2.2/deb/", keyUrl: "https://keys.example.com/Release.key" };
    expect(parse(given({ mirrors: { packages } })).mirrors.packages).toEqual(packages);
  });

  test("the package repository follows the version's minor", () => {
    expect(parse(given({ kubernetesVersion: "1.31.0" })).mirrors.packages.url).toBe(
      "https://pkgs.k8s.io/core:/stable:/v1.31/deb/",
    );
  });

  test("names, wildcards and addresses may stand in the certificate", () => {
    const apiServerNames = ["api.example.com", "*.example.com", "192.0.2.1", "2001:db8::1"];
    expect(parse(given({ apiServerNames })).apiServerNames).toEqual(apiServerNames);
  });

  test("pods may go by way of one layer-2 network where machines share one", () => {
    expect(parse(overSsh({ network: { backend: "host-gw" } })).network).toMatchObject({ backend: "host-gw" });
  });

  test("the spec is frozen at every depth, and the caller's objects are not", () => {
    const kubelet = { evictionHard: { "memory.available": "200Mi" } };
    const spec = parse(given({ kubelet }));
    expect(Object.isFrozen(metal(spec).tags)).toBe(true);
    expect(Object.isFrozen(spec.kubelet.evictionHard)).toBe(true);
    expect(Object.isFrozen(kubelet.evictionHard)).toBe(false);
  });
});

describe("keys for SSH", () => {
  test("key files are read where they are named, ~ being the home directory", async () => {
    const read: string[] = [];
    const spec = parse(given({ ssh: { publicKeyPath: "~/a.pub", privateKeyPath: "/keys/a" } }), {
      readFile: path => {
        read.push(path);
        return path.endsWith(".pub") ? `${PUBLIC_KEY}\n` : opensshKey("none");
      },
    });
    expect(read).toEqual([`${process.env.HOME}/a.pub`, "/keys/a"]);
    expect(spec.ssh.publicKey).toBe(PUBLIC_KEY);
    expect(await known(spec.ssh.privateKey)).toBe(opensshKey("none"));
  });

  test("the private key and the MD5 password are secret Outputs, however given", async () => {
    const text = parse({
      ...ssh({ privateKey: PRIVATE_KEY }),
      ...{ machines: { ...METAL, project: { name: "a", bgp: { md5Password: "Abcdefghi1" } } } },
    });
    const output = parse(ssh({ privateKey: pulumi.output(PRIVATE_KEY) }));
    for (const key of [text.ssh.privateKey, output.ssh.privateKey]) {
      expect(await known(key)).toBe(PRIVATE_KEY);
      expect(key !== undefined && (await pulumi.isSecret(key))).toBe(true);
    }
    const { project } = metal(text);
    const password = project.kind === "new" ? project.bgp.md5Password : undefined;
    expect(await known(password)).toBe("Abcdefghi1");
    expect(password !== undefined && (await pulumi.isSecret(password))).toBe(true);
  });
});
