import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { host, overSsh } from "../config/samples";
import { cluster, previewed } from "./lab";
import type { Registration } from "./recorder";
import { texts } from "./values";

const golden = (name: string): string => join(__dirname, "golden", name);
const lab = (network: object, sections: object = {}) => cluster(overSsh({ network, ...sections }));
type Made = Awaited<ReturnType<typeof lab>>;

/** What of the pod network is put into the cluster. */
const within = ({ resources }: Made, kind: string): readonly Registration[] =>
  resources.filter(({ name, type }) => name.startsWith(`lab-${kind}-`) && type.startsWith("kubernetes:"));
const written = (recording: Made, kind: string): string =>
  `${JSON.stringify(Object.fromEntries(within(recording, kind).map(({ name, visible }) => [name, visible])), null, 2)}\n`;
/** The document that a machine is handed. */
const grantOf = ({ find }: Made, resource: string) =>
  JSON.parse(String((find(resource).inputs as { stdin: string }).stdin)) as {
    node: { network?: object; images: { extra: string[] } };
    kubeadm: { init: { kind: string; skipPhases?: string[] }[] };
  };
const initOf = (recording: Made) =>
  grantOf(recording, "lab-form").kubeadm.init.find(({ kind }) => kind === "InitConfiguration");

describe("Cilium", () => {
  test("is a Helm release whose values fit the cluster", async () => {
    const made = await lab({
      kind: "cilium",
      podCidr: "10.200.0.0/16",
      mtu: 9000,
      values: { operator: { replicas: 3 } },
    });
    await expect(written(made, "cilium")).toMatchFileSnapshot(golden("cilium.json"));
    expect(made.find("lab-cilium-release").dependsOn).toContain("lab-m13-member");
  });

  test("in place of kube-proxy asks the endpoint, and kubeadm leaves kube-proxy out", async () => {
    const made = await lab({ kind: "cilium", kubeProxyReplacement: true });
    const { values } = made.find("lab-cilium-release").inputs as { values: object };
    expect(values).toMatchObject({ kubeProxyReplacement: true, k8sServiceHost: "10.0.0.10", k8sServicePort: "6443" });
    expect(initOf(made)?.skipPhases).toEqual(["addon/kube-proxy"]);
    expect(initOf(await lab({ kind: "cilium" }))).not.toHaveProperty("skipPhases");
  });

  test("has one operator where there is one machine", async () => {
    const one = { machines: { kind: "ssh", hosts: [host(11)] } };
    const { values } = (await lab({ kind: "cilium" }, one)).find("lab-cilium-release").inputs as {
      values: { operator: object };
    };
    expect(values.operator).toMatchObject({ replicas: 1 });
  });
});

describe("Calico", () => {
  test("is a Helm release whose values fit the cluster, in a namespace that may use the host's network", async () => {
    const made = await lab({
      kind: "calico",
      mtu: 1500,
      values: { installation: { calicoNetwork: { hostPorts: "Disabled" } } },
    });
    await expect(written(made, "calico")).toMatchFileSnapshot(golden("calico.json"));
    expect(made.find("lab-calico-release").dependsOn).toEqual(
      expect.arrayContaining(["lab-m13-member", "lab-calico-namespace"]),
    );
  });
});

describe("a chart", () => {
  const source = async (chart: object) => {
    const { inputs } = (await lab({ kind: "cilium", chart })).find("lab-cilium-release");
    const { chart: name, version, repositoryOpts } = inputs as Record<string, unknown>;
    return { name, version, repositoryOpts };
  };

  test("comes from its repository, from a mirror, or from an OCI registry", async () => {
    expect(await source({})).toEqual({
      name: "cilium",
      version: "1.18.4",
      repositoryOpts: { repo: "https://helm.cilium.io" },
    });
    expect(await source({ repository: "https://mirror.example.com/charts/" })).toMatchObject({
      repositoryOpts: { repo: "https://mirror.example.com/charts" },
    });
    expect(await source({ repository: "oci://mirror.example.com/charts" })).toEqual({
      name: "oci://mirror.example.com/charts/cilium",
      version: "1.18.4",
      repositoryOpts: undefined,
    });
  });

  test("is part of a first preview, which knows no VIP", async () => {
    const { find } = await previewed({ network: { kind: "cilium" } });
    expect(find("lab-cilium-release").type).toBe("kubernetes:helm.sh/v3:Release");
  });
});

const MANIFESTS = `
apiVersion: v1
kind: Secret
metadata: { name: peers, namespace: net }
stringData: { password: bgpW0rd }
---
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent, namespace: net, annotations: { team: core } }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: controller, namespace: net, annotations: { pulumi.com/skipAwait: "false" } }
---
apiVersion: example.com/v1
kind: Pool
metadata: { name: all }
---
apiVersion: v1
kind: Namespace
metadata: { name: net }
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: pools.example.com }
`;

describe("manifests", () => {
  const made = lab({ kind: "manifests", manifests: [{ text: MANIFESTS }] });

  test("are resources of their kinds, one after the other, after the control plane is whole", async () => {
    const { find, resources } = await made;
    const order = within(await made, "manifests");
    expect(order.map(({ type, name }) => [type, name])).toEqual([
      ["kubernetes:core/v1:Namespace", "lab-manifests-net"],
      ["kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", "lab-manifests-pools.example.com"],
      ["kubernetes:core/v1:Secret", "lab-manifests-net/peers"],
      ["kubernetes:apps/v1:DaemonSet", "lab-manifests-net/agent"],
      ["kubernetes:apps/v1:Deployment", "lab-manifests-net/controller"],
      ["kubernetes:example.com/v1:Pool", "lab-manifests-all"],
    ]);
    const before = ["lab-m13-member", ...order.map(({ name }) => name)];
    order.forEach(({ dependsOn }, i) => expect(dependsOn).toEqual([before[i]]));
    expect(find("lab-nodes").dependsOn).toContain("lab-manifests-all");
    expect(resources.map(({ name }) => name)).not.toContain("lab-flannel");
  });

  test("are not awaited one by one, unless a person asks for it", async () => {
    const annotations = (await made).resources.flatMap(({ name, inputs }) => {
      const { metadata } = inputs as { metadata?: { annotations?: object } };
      return name.startsWith("lab-manifests-") && metadata?.annotations ? [metadata.annotations] : [];
    });
    expect(annotations).toEqual([
      { team: "core", "pulumi.com/skipAwait": "true" },
      { "pulumi.com/skipAwait": "false" },
    ]);
  });

  test("keep a Secret's content secret, and the component tells only which objects there are", async () => {
    const { find } = await made;
    expect(texts(find("lab-manifests-net/peers").inputs)).toContain("bgpW0rd");
    expect(texts(find("lab-manifests-net/peers").visible)).not.toContain("bgpW0rd");
    const { network } = find("lab").inputs as { network: { manifests: object[] } };
    expect(texts(network)).not.toContain("bgpW0rd");
    expect(network.manifests[0]).toEqual({
      apiVersion: "v1",
      kind: "Namespace",
      name: "net",
      place: "network.manifests[0].text, document 5",
    });
  });

  test("of another version of their group are the same objects", async () => {
    expect((await made).find("lab-manifests-net/agent").aliases.length).toBeGreaterThan(0);
  });
});

describe("no pod network", () => {
  const services = {
    workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(21)] } }],
    services: { kind: "kube-vip-arp", addresses: ["10.0.0.200-10.0.0.220"] },
  };
  const annotationsOf = ({ find }: Made) =>
    (find("lab-kube-vip-cloud-provider-deployment").inputs as { metadata: { annotations?: object } }).metadata
      .annotations;

  test("puts none into the cluster, and waits for no pod that needs one", async () => {
    const made = await lab({ kind: "none" }, services);
    expect(made.resources.filter(({ type }) => type.startsWith("rackplane:addons:")).map(({ name }) => name)).toEqual([
      "lab-kube-vip-services",
      "lab-kube-vip-cloud-provider",
    ]);
    expect(annotationsOf(made)).toEqual({ "pulumi.com/skipAwait": "true" });
    expect(annotationsOf(await lab({ kind: "flannel" }, services))).toBeUndefined();
  });
});

describe("machines are told of the pod network", () => {
  test("where it is not flannel, and pull flannel's image where it is", async () => {
    const flannel = grantOf(await lab({}), "lab-m11-member").node;
    expect(flannel).not.toHaveProperty("network");
    expect(flannel.images.extra.join()).toContain("flannel");
    const none = grantOf(await lab({ kind: "none" }), "lab-m11-member").node;
    expect(none.network).toEqual({ kind: "none" });
    expect(none.images.extra.join()).not.toContain("flannel");
  });
});
