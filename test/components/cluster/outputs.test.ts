import { describe, expect, test } from "vitest";
import { UUID, overSsh } from "../config/samples";
import { address, cluster, indices, KUBECONFIG, lab, PKI, previewed, VIP } from "./lab";
import { SECRET, seen, UNKNOWN, cloudConfig } from "./values";

const inCluster = (type: string): boolean => type.startsWith("kubernetes:");

describe("the outputs of a cluster", () => {
  test("are its endpoint, an administrator's kubeconfig, the CA and the machines", async () => {
    const { result, outputs } = await lab({ endpoint: { port: 443 } });
    expect(outputs.lab?.opened).toEqual({
      endpoint: `https://${VIP}:443`,
      kubeconfig: KUBECONFIG,
      kubeconfigs: {},
      caCertificate: PKI["ca.crt"],
      machines: indices(3).map(i => ({ name: `lab-cp-${i}`, address: address(i), sshHost: `198.51.100.${2 * i + 1}` })),
      workers: [],
    });
    expect(await seen(result.endpoint)).toBe(`https://${VIP}:443`);
  });

  test("keep the kubeconfig secret and nothing else: the CA's certificate is for everybody", async () => {
    const { result, outputs } = await lab();
    expect(outputs.lab?.visible).toEqual({ ...outputs.lab?.opened, kubeconfig: SECRET });
    expect(await seen(result.kubeconfig)).toBe(SECRET);
    expect(await seen(result.caCertificate)).toBe(PKI["ca.crt"]);
    expect(await seen(result.machines)).toHaveLength(3);
  });
});

describe("a preview of a new cluster", () => {
  test("knows none of the outputs, and does not fail over it", async () => {
    const { result, outputs } = await previewed();
    for (const output of [result.endpoint, result.kubeconfig, result.caCertificate, result.machines])
      expect(await seen(output)).toBe(UNKNOWN);
    expect(Object.keys(outputs).sort()).toEqual(["lab", "lab-flannel"]);
  });

  test("knows the endpoint if its reservation exists already, and shows the user data", async () => {
    const { result, find } = await previewed({
      machines: { project: { id: UUID } },
      endpoint: { reservationId: UUID },
    });
    expect(await seen(result.endpoint)).toBe(`https://${VIP}:6443`);
    expect(cloudConfig(find("lab-cp-0"))).toContain(VIP);
  });

  test("knows what needs no machine", async () => {
    const { find } = await previewed();
    expect(find("lab-cp-1").inputs).toMatchObject({
      hostname: "lab-cp-1",
      metro: "da",
      projectId: UNKNOWN,
      userData: UNKNOWN,
    });
    expect(find("lab-cp-1-member").inputs).toMatchObject({ stdin: UNKNOWN, connection: UNKNOWN, triggers: [UNKNOWN] });
  });
});

describe("what is put into the cluster", () => {
  test.each([
    ["an update", lab],
    ["a preview", previewed],
  ] as const)("is told from other clusters' by a word known in %s", async (_when, run) => {
    const { find } = await run();
    expect(find("lab-kubernetes").inputs.clusterIdentifier).toBe("lab");
  });

  test("is put there with the cluster's kubeconfig, a secret", async () => {
    const { find } = await lab();
    const { inputs, visible, propertyDependencies } = find("lab-kubernetes");
    expect(inputs.kubeconfig).toBe(KUBECONFIG);
    expect(visible.kubeconfig).toBe(SECRET);
    expect(propertyDependencies.kubeconfig).toEqual(["lab-kubeconfig"]);
  });

  test("goes there through that provider", async () => {
    const { resources } = await lab();
    expect(resources.filter(({ type, provider }) => inCluster(type) && provider !== "lab-kubernetes")).toEqual([]);
  });

  test("may be edited in place, and may be there already because an answer was lost", async () => {
    const { find } = await lab();
    expect(find("lab-kubernetes").inputs).toMatchObject({
      enableConfigMapMutable: "true",
      upsertExistingObjects: "true",
    });
  });

  test("is gone with the formation: a dying API server is not asked to delete it", async () => {
    const { resources } = await lab();
    const within = resources.filter(({ type }) => inCluster(type));
    expect(within.length).toBeGreaterThan(0);
    expect(within.filter(({ deletedWith }) => deletedWith !== "lab-form").map(({ name }) => name)).toEqual([]);
  });

  test("is flannel with the pod network of the configuration", async () => {
    const { find } = await cluster(
      overSsh({
        network: { podCidr: "10.200.0.0/16", backend: "host-gw", flannelImage: "mirror.example.com/flannel:v0.27.0" },
      }),
    );
    const { data } = find("lab-flannel-config").inputs as { data: Record<string, string> };
    expect(JSON.parse(data["net-conf.json"] ?? "")).toEqual({ Network: "10.200.0.0/16", Backend: { Type: "host-gw" } });
    expect(find("lab-flannel-daemonset").inputs).toMatchObject({
      spec: {
        template: { spec: { hostNetwork: true, containers: [{ image: "mirror.example.com/flannel:v0.27.0" }] } },
      },
    });
  });

  test("holds together: the DaemonSet names the account, the configuration and the labels that are there", async () => {
    const { find } = await lab();
    const { metadata, spec } = find("lab-flannel-daemonset").inputs as {
      metadata: { namespace: string };
      spec: {
        selector: { matchLabels: object };
        template: { metadata: { labels: object }; spec: { serviceAccountName: string; volumes: object[] } };
      };
    };
    expect(metadata.namespace).toBe("kube-flannel");
    expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
    expect(spec.template.spec.serviceAccountName).toBe("flannel");
    expect(spec.template.spec.volumes).toContainEqual({ name: "config", configMap: { name: "flannel" } });
    expect(find("lab-flannel-binding").inputs).toMatchObject({
      roleRef: { kind: "ClusterRole", name: "flannel" },
      subjects: [{ kind: "ServiceAccount", name: "flannel", namespace: "kube-flannel" }],
    });
  });
});
