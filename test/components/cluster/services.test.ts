import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { Grant } from "../../../cloud-init/contract/grant";
import type { ServicesArgs } from "../../../components/config/services/service-kinds";
import { BGP, METAL, host, hosts, overSsh } from "../config/samples";
import { cluster, lab } from "./lab";
import type { Recording } from "./recorder";
import { tree } from "./tree";

const golden = (name: string): string => join(__dirname, "golden", name);

const PASSWORD = "Sessions0f65000";
const PEERS = [
  { address: "10.0.0.1", as: 65001, md5Password: PASSWORD },
  { address: "10.0.0.2", as: 65001, multihop: true },
];
const ENDPOINT = { ...BGP, peers: PEERS, localAs: 65010 };
const WORKERS = [{ name: "general", machines: hosts(21, 22) }];
const BGP_SERVICES = { kind: "kube-vip-bgp", addresses: ["203.0.113.64/28", "203.0.113.100-203.0.113.105"] };
const ARP_SERVICES = { kind: "kube-vip-arp", addresses: ["10.0.0.200-10.0.0.220"] };

type Made = Recording<unknown>;
const recorded = new Map<string, Promise<Made>>();

/** A cluster with workers and other sections; recorded once, since tests only read it. */
function made(sections: object): Promise<Made> {
  const key = JSON.stringify(sections);
  const recording = recorded.get(key) ?? cluster(overSsh({ endpoint: ENDPOINT, workers: WORKERS, ...sections }));
  recorded.set(key, recording);
  return recording;
}

/** What is put into the cluster besides the pod network. */
const within = ({ resources }: Made) =>
  resources.filter(({ name, type }) => name.startsWith("lab-kube-vip-") && type.startsWith("kubernetes:"));
const manifests = (recording: Made): string =>
  `${JSON.stringify(
    Object.fromEntries(
      within(recording)
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map(({ name, visible: { apiVersion, kind, ...rest } }) => [name, { apiVersion, kind, ...rest }]),
    ),
    null,
    2,
  )}\n`;

interface DaemonSet {
  readonly spec: {
    readonly selector: { readonly matchLabels: object };
    readonly template: { readonly metadata: { readonly labels: object }; readonly spec: Pod };
  };
}
interface Pod {
  readonly serviceAccountName: string;
  readonly affinity: {
    readonly nodeAffinity: {
      readonly requiredDuringSchedulingIgnoredDuringExecution: {
        readonly nodeSelectorTerms: readonly { readonly matchExpressions: readonly object[] }[];
      };
    };
  };
  readonly containers: readonly [{ readonly env: readonly { readonly name: string; readonly value?: string }[] }];
}
const podOf = (recording: Made, name: string): Pod =>
  (recording.find(`lab-kube-vip-services${name}-daemonset`).inputs as unknown as DaemonSet).spec.template.spec;
const nodesOf = (pod: Pod) =>
  pod.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]?.matchExpressions;
const env = (pod: Pod, name: string) => pod.containers[0].env.find(one => one.name === name)?.value;
/** The neighbours that a pod reads. */
const peersOf = (recording: Made, name: string): { Address: string; Password: string }[] => {
  const { data } = recording.find(`lab-kube-vip-services${name}-peers`).inputs as { data: Record<string, string> };
  const file = JSON.parse(Buffer.from(data["peers.json"] ?? "", "base64").toString()) as {
    BGPConfig: { Peers: { Address: string; Password: string }[] };
  };
  return file.BGPConfig.Peers;
};

describe("what announces Services", () => {
  test.each([
    ["over BGP", "services-bgp", { services: BGP_SERVICES }],
    ["by ARP", "services-arp", { services: ARP_SERVICES }],
  ])("%s is what it was, object for object", async (_how, name, sections) => {
    const recording = await made(sections);
    await expect(tree(recording.resources.filter(({ name }) => /^lab(-kube-vip-.*)?$/.test(name)))).toMatchFileSnapshot(
      golden(`${name}.txt`),
    );
    await expect(manifests(recording)).toMatchFileSnapshot(golden(`${name}.json`));
  });

  test("is not there unless it is asked for, and the empty object of a stack file asks for nothing", async () => {
    expect(within(await made({}))).toEqual([]);
    expect(within(await made({ services: {} }))).toEqual([]);
  });

  test("gives no address where none is configured", async () => {
    const { resources } = await made({ services: { kind: "kube-vip-bgp" } });
    expect(resources.filter(({ name }) => name.includes("cloud-provider"))).toEqual([]);
  });

  test("is no edit of any machine: what a machine is told is the same with it and without it", async () => {
    const told = ({ resources }: Made) =>
      resources
        .filter(({ type }) => type.startsWith("command:"))
        .map(({ name, inputs }) => [name, /"node":(\{.*?\}),"machine"/.exec(String(inputs.stdin))?.[1]]);
    expect(told(await made({ services: BGP_SERVICES }))).toEqual(told(await made({})));
  });

  test("goes with the formation, through the cluster's own provider, and has the rights before it runs", async () => {
    const recording = await made({ services: BGP_SERVICES });
    const objects = within(recording);
    expect(objects.filter(({ provider }) => provider !== "lab-kubernetes")).toEqual([]);
    expect(objects.filter(({ deletedWith }) => deletedWith !== "lab-form")).toEqual([]);
    expect(recording.find("lab-kube-vip-services-daemonset").dependsOn).toContain("lab-kube-vip-services-binding");
    expect(recording.find("lab-kube-vip-cloud-provider-deployment").dependsOn).toEqual(
      expect.arrayContaining(["lab-kube-vip-cloud-provider-config", "lab-kube-vip-cloud-provider-own-binding"]),
    );
  });

  test("runs on workers, beside no kube-vip of the control plane", async () => {
    const pod = podOf(await made({ services: BGP_SERVICES }), "");
    expect(nodesOf(pod)).toEqual([{ key: "node-role.kubernetes.io/control-plane", operator: "DoesNotExist" }]);
  });

  test("runs on control-plane machines where there are no workers, with metrics and a lease of its own", async () => {
    const recording = await cluster(overSsh({ services: ARP_SERVICES, controlPlane: { schedulable: true } }));
    const pod = podOf(recording, "");
    expect(nodesOf(pod)).toEqual([{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }]);
    expect(env(pod, "prometheus_server")).toBe("$(HOST_IP):2113");
    expect(env(pod, "svc_leasename")).not.toBe("plndr-cp-lock");
  });
});

describe("BGP neighbours of what announces Services", () => {
  test("are the endpoint's, AS number included, unless it has some of its own", async () => {
    const shared = await made({ services: BGP_SERVICES });
    expect(peersOf(shared, "")).toMatchObject([
      { Address: "10.0.0.1", AS: 65001, Password: PASSWORD, MultiHop: false },
      { Address: "10.0.0.2", AS: 65001, Password: "", MultiHop: true },
    ]);
    expect(env(podOf(shared, ""), "bgp_as")).toBe("65010");
    const own = await made({
      services: { ...BGP_SERVICES, peers: [{ address: "10.0.0.3", as: 65003 }], localAs: 65020 },
    });
    expect(peersOf(own, "").map(({ Address }) => Address)).toEqual(["10.0.0.3"]);
    expect(env(podOf(own, ""), "bgp_as")).toBe("65020");
  });

  test("are a secret, in the state and in the cluster, and named anew when they change", async () => {
    const recording = await made({ services: BGP_SERVICES });
    const { inputs, visible } = recording.find("lab-kube-vip-services-peers");
    expect(inputs).toMatchObject({ immutable: true });
    expect(inputs.metadata).not.toHaveProperty("name");
    expect(JSON.stringify(visible)).not.toContain(Buffer.from(`"${PASSWORD}"`).toString("base64").slice(4, 12));
    expect(JSON.stringify(within(recording).map(one => one.visible))).not.toContain(PASSWORD);
    expect(JSON.stringify(podOf(recording, ""))).not.toContain(PASSWORD);
  });

  test("differ from worker to worker where a worker names its own", async () => {
    const recording = await made({
      services: BGP_SERVICES,
      workers: [
        {
          name: "general",
          machines: { kind: "ssh", hosts: [host(21), host(22, { peers: [{ address: "10.0.0.3", as: 65003 }] })] },
        },
      ],
    });
    expect(peersOf(recording, "-m22").map(({ Address }) => Address)).toEqual(["10.0.0.3"]);
    expect(peersOf(recording, "").map(({ Address }) => Address)).toEqual(["10.0.0.1", "10.0.0.2"]);
    expect(nodesOf(podOf(recording, "-m22"))).toContainEqual({
      key: "kubernetes.io/hostname",
      operator: "In",
      values: ["m22"],
    });
    expect(nodesOf(podOf(recording, ""))).toContainEqual({
      key: "kubernetes.io/hostname",
      operator: "NotIn",
      values: ["m22"],
    });
    const labels = ["", "-m22"].map(name => {
      const { spec } = recording.find(`lab-kube-vip-services${name}-daemonset`).inputs as unknown as DaemonSet;
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      return JSON.stringify(spec.selector.matchLabels);
    });
    // Two DaemonSets with one selector would fight for pods.
    expect(new Set(labels).size).toBe(2);
  });

  test("are those of the Nodes' annotations, which it may then read, and no file's", async () => {
    const recording = await made({ services: { kind: "kube-vip-bgp", peers: "annotations" } });
    const pod = podOf(recording, "");
    expect(env(pod, "annotation")).toBe("metal.equinix.com");
    expect(env(pod, "bgp_as")).toBeUndefined();
    expect(recording.resources.filter(({ name }) => name.endsWith("-peers"))).toEqual([]);
    expect(JSON.stringify(recording.find("lab-kube-vip-services-role").inputs.rules)).toContain('"nodes"');
  });
});

describe("rented workers that announce Services", () => {
  const { project: _, ...metal } = METAL;
  const rented = (services?: object) =>
    lab({
      machines: { project: { name: "lab", bgp: { md5Password: PASSWORD } } },
      workers: [{ name: "general", machines: { ...metal, metros: [...metal.metros], count: 2 } }],
      ...(services === undefined ? {} : { services: services as ServicesArgs }),
    });
  const toldOf = ({ find }: Made, name: string) =>
    (JSON.parse(String(find(name).inputs.stdin)) as Grant).node.announcer;
  const ANNOUNCING = { kind: "kube-vip-bgp", reserve: { quantity: 4, metro: "DA" } };

  test("have a session each, wait for their neighbours in the metadata, and without Services do neither", async () => {
    const [with_, without] = [await rented(ANNOUNCING), await rented()];
    const sessions = ({ all }: Made) => all("BgpSession").filter(({ name }) => name.startsWith("lab-general-"));
    expect(sessions(with_).map(({ name }) => name)).toEqual(["lab-general-0-bgp", "lab-general-1-bgp"]);
    expect(sessions(without)).toEqual([]);
    expect(with_.find("lab-general-0-prepared").dependsOn).toContain("lab-general-0-bgp");
    expect(toldOf(with_, "lab-general-0-worker")).not.toHaveProperty("peers");
    expect(toldOf(without, "lab-general-0-worker")).toMatchObject({ kind: "kube-vip-bgp", peers: [] });
    expect(toldOf(with_, "lab-cp-0-member")).toEqual(toldOf(without, "lab-cp-0-member"));
  });

  test("speak with the site's two switches, by the project's password", async () => {
    const recording = await rented(ANNOUNCING);
    expect(peersOf(recording, "")).toMatchObject(
      ["169.254.255.1", "169.254.255.2"].map(Address => ({ Address, AS: 65530, MultiHop: true, Password: PASSWORD })),
    );
    expect(env(podOf(recording, ""), "bgp_as")).toBe("65000");
  });

  test("get addresses of a block that is reserved with the stack", async () => {
    const recording = await rented({ ...ANNOUNCING, addresses: ["192.0.2.64/30"] });
    expect(recording.find("lab-services").inputs).toMatchObject({ type: "public_ipv4", quantity: 4, metro: "da" });
    expect(recording.find("lab-kube-vip-cloud-provider-config").inputs.data).toEqual({
      "range-global": "192.0.2.64-192.0.2.67,203.0.113.8-203.0.113.11",
    });
  });
});

describe("rights of what announces Services", () => {
  interface Rule {
    readonly resources: string[];
    readonly verbs: string[];
  }
  const rules = (recording: Made, name: string) => recording.find(name).inputs.rules as Rule[];

  test("reach no Secret, no pod and no Node, and delete nothing", async () => {
    const recording = await made({ services: BGP_SERVICES });
    const all = within(recording)
      .filter(({ type }) => type.endsWith("Role"))
      .flatMap(({ inputs }) => inputs.rules as Rule[]);
    expect(all.length).toBeGreaterThan(0);
    expect(all.flatMap(({ resources }) => resources).filter(one => /secrets|pods|\*/.test(one))).toEqual([]);
    expect(all.flatMap(({ verbs }) => verbs).filter(one => /delete|\*/.test(one))).toEqual([]);
    expect(rules(recording, "lab-kube-vip-services-role").flatMap(({ resources }) => resources)).not.toContain(
      "leases",
    );
  });

  test("of ARP hold a Service's lease beside it", async () => {
    const recording = await made({ services: ARP_SERVICES });
    expect(rules(recording, "lab-kube-vip-services-role").flatMap(({ resources }) => resources)).toContain("leases");
  });
});

test("the component keeps no secret of it among its arguments", async () => {
  const peers = PEERS.map(({ md5Password, ...peer }) => ({
    ...peer,
    ...(md5Password === undefined ? {} : { md5Password: pulumi.secret(md5Password) }),
  }));
  const { find } = await cluster(
    overSsh({ endpoint: ENDPOINT, workers: WORKERS, services: { ...BGP_SERVICES, peers } }),
  );
  expect(JSON.stringify(find("lab").inputs)).not.toContain(PASSWORD);
  expect(find("lab").inputs).toMatchObject({
    services: { kind: "kube-vip-bgp", peers: [{ address: "10.0.0.1" }, {}] },
  });
});
