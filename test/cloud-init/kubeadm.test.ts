import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { apiServerFiles } from "../../cloud-init/documents/api-server";
import { kubeadmDocuments, workerDocument, type KubeadmFacts } from "../../cloud-init/documents/kubeadm";
import { isolationPatches, kubeletPatch } from "../../cloud-init/documents/patches";
import { SUPPORTED_MINORS } from "../../cloud-init/kubernetes-versions";

const facts = (changes: Partial<KubeadmFacts> = {}): KubeadmFacts => {
  const machine = { name: "prod-cp-1", address: "10.70.0.3" };
  return {
    cluster: { name: "prod", kubernetesVersion: "1.34.3" },
    endpoint: { address: "203.0.113.1", port: 6443 },
    network: { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16", dnsDomain: "cluster.local" },
    machine,
    roster: [{ name: "prod-cp-0", address: "10.70.0.1" }, machine],
    schedulable: false,
    apiServerNames: ["api.prod.example.com"],
    ...changes,
  };
};

const machine = { name: "prod-build-0", address: "10.70.0.9" };
const worker = workerDocument({
  machine,
  patches: true,
  pool: {
    name: "build",
    labels: { zone: "b", tier: "build" },
    taints: [{ key: "only", value: "build", effect: "NoSchedule" }],
  },
});
const everything: Partial<KubeadmFacts> = {
  memberSeconds: 1200,
  endpoint: { address: "10.70.0.100", port: 6443, apiServerPort: 6444 },
  patches: true,
  apiServer: {
    extraArgs: { "event-ttl": "2h" },
    extraVolumes: [{ name: "hook", hostPath: "/etc/hook", mountPath: "/hook", readOnly: true }],
    files: apiServerFiles({ auditPolicy: "metadata", authentication: { jwt: [] }, admission: { plugins: [] } }),
    encryption: true,
  },
  controllerManager: { extraArgs: { "node-monitor-grace-period": "20s" } },
  scheduler: { extraArgs: { "kube-api-qps": "80" } },
  etcd: { extraArgs: { "snapshot-count": "5000" } },
  featureGates: { InPlacePodVerticalScaling: true, AllAlpha: false },
  kubelet: { featureGates: { AllAlpha: true } },
};

const version = (minor: number) => ({ name: "prod", kubernetesVersion: `1.${minor}.2` });
const minors = SUPPORTED_MINORS;
const text = (documents: object[]) => documents.map(document => stringify(document)).join("---\n");
const ofKind = (changes: Partial<KubeadmFacts>, kind: string): Record<string, unknown> => {
  const { init, join } = kubeadmDocuments(facts(changes));
  const found = [...init, join].find(document => "kind" in document && document.kind === kind);
  if (found === undefined) throw new Error(`no ${kind}`);
  return { ...found };
};

describe("kubeadm's documents", () => {
  it.each(minors)("for Kubernetes 1.%i are the ones kept in golden/", async minor => {
    const { init, join } = kubeadmDocuments(facts({ cluster: version(minor) }));
    await expect(text([...init, join])).toMatchFileSnapshot(`golden/kubeadm-1.${minor}.yaml`);
  });

  it("give kubeadm as much more time as a machine has to become a member, and never less than its own", () => {
    for (const memberSeconds of [60, 600]) {
      const { init, join } = kubeadmDocuments(facts({ memberSeconds }));
      for (const document of [...init, join]) expect(document).not.toHaveProperty("timeouts");
    }
    const timeouts = { controlPlaneComponentHealthCheck: "480s", kubernetesAPICall: "120s", etcdAPICall: "240s" };
    for (const kind of ["InitConfiguration", "JoinConfiguration"])
      expect(ofKind({ memberSeconds: 1200 }, kind)).toMatchObject({ timeouts });
  });

  it("let ordinary pods on schedulable control-plane machines", () => {
    expect(ofKind({ schedulable: true }, "InitConfiguration")).toMatchObject({ nodeRegistration: { taints: [] } });
    expect(ofKind({ schedulable: true }, "JoinConfiguration")).toMatchObject({ nodeRegistration: { taints: [] } });
    expect(ofKind({}, "InitConfiguration").nodeRegistration).not.toHaveProperty("taints");
  });

  it("lay the caller's kubelet and kube-proxy fields over the defaults, but never their kind", () => {
    const kubelet = { cgroupDriver: "cgroupfs", failSwapOn: false, kind: "Other" };
    expect(ofKind({ kubelet }, "KubeletConfiguration")).toMatchObject({ cgroupDriver: "cgroupfs", failSwapOn: false });
    expect(ofKind({ kubeProxy: { mode: "nftables" } }, "KubeProxyConfiguration")).toMatchObject({ mode: "nftables" });
  });

  it("leave out phases that are to be skipped, when the cluster is formed alone", () => {
    const skipPhases = ["addon/kube-proxy"];
    expect(ofKind({ skipPhases }, "InitConfiguration")).toMatchObject({ skipPhases });
    expect(ofKind({ skipPhases }, "JoinConfiguration")).not.toHaveProperty("skipPhases");
    expect(ofKind({ skipPhases: [] }, "InitConfiguration")).not.toHaveProperty("skipPhases");
  });

  it("refuse a version whose differences nobody has written down", () => {
    for (const kubernetesVersion of ["1.30.9", "1.38.0", "2.0.0", "v1.34.3", "1.34"])
      expect(
        () => kubeadmDocuments(facts({ cluster: { name: "prod", kubernetesVersion } })),
        kubernetesVersion,
      ).toThrow(/expected 1\.31\.x to 1\.37\.x/);
  });

  it("refuse a machine that is not in the roster", () => {
    expect(() => kubeadmDocuments(facts({ roster: [] }))).toThrow(/expected prod-cp-1 at 10\.70\.0\.3/);
  });

  it("differ between two machines only in the machine's own name and address", () => {
    const address = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => `10.9.${a}.${b}`);
    const machine = fc.record({ name: fc.stringMatching(/^[a-z][a-z0-9]{0,8}-cp-[0-6]$/), address });
    fc.assert(
      fc.property(fc.constantFrom(...minors), machine, machine, (minor, one, other) => {
        const of = (self: typeof one) =>
          JSON.stringify(kubeadmDocuments(facts({ cluster: version(minor), machine: self, roster: [one, other] })))
            .replaceAll(`"${self.name}"`, '"NAME"')
            .replaceAll(`"${self.address}"`, '"ADDRESS"');
        expect(of(one)).toBe(of(other));
      }),
    );
  });

  it("name a feature gate exactly where kubeadm has it and needs it", () => {
    for (const minor of minors)
      expect("featureGates" in ofKind({ cluster: version(minor) }, "ClusterConfiguration"), `1.${minor}`).toBe(
        minor <= 32,
      );
  });

  it("have API servers listen on their own port, and everybody else use the endpoint's", () => {
    const changes = { endpoint: { address: "203.0.113.1", port: 6443, apiServerPort: 6444 } };
    expect(ofKind(changes, "InitConfiguration")).toMatchObject({ localAPIEndpoint: { bindPort: 6444 } });
    expect(ofKind(changes, "JoinConfiguration")).toMatchObject({
      controlPlane: { localAPIEndpoint: { bindPort: 6444 } },
    });
    expect(ofKind(changes, "ClusterConfiguration").controlPlaneEndpoint).toBe("203.0.113.1:6443");
  });

  it("of a control plane with everything set are the ones kept in golden/", async () => {
    const { init, join } = kubeadmDocuments(facts(everything));
    await expect(text([...init, join])).toMatchFileSnapshot("golden/kubeadm-settings.yaml");
  });

  it("of a worker are the one kept in golden/, and name no control plane", async () => {
    await expect(stringify(worker)).toMatchFileSnapshot("golden/kubeadm-worker.yaml");
    expect(JSON.stringify(worker)).not.toMatch(/controlPlane|certificateKey/);
  });

  it("without labels, taints or kubelet fields leave a worker to kubeadm's defaults", () => {
    expect(workerDocument({ machine, pool: { name: "plain", labels: {}, taints: [] } })).toEqual({
      apiVersion: "kubeadm.k8s.io/v1beta4",
      kind: "JoinConfiguration",
      nodeRegistration: expect.objectContaining({
        taints: [],
        kubeletExtraArgs: [{ name: "node-ip", value: machine.address }],
      }) as unknown,
    });
    expect(kubeletPatch({})).toEqual({});
  });

  it("have every kubelet wait for a cloud controller where there is one, labels or not", () => {
    const flags = (document: object | undefined) =>
      (document as { nodeRegistration: { kubeletExtraArgs: unknown } }).nodeRegistration.kubeletExtraArgs;
    const { init, join } = kubeadmDocuments(facts({ externalCloud: true }));
    const pool = { name: "plain", labels: { a: "b" }, taints: [] };
    const external = { name: "cloud-provider", value: "external" };
    for (const document of [init[0], join, workerDocument({ machine, pool, externalCloud: true })])
      expect(flags(document)).toContainEqual(external);
    for (const document of [kubeadmDocuments(facts({})).join, workerDocument({ machine, pool })])
      expect(flags(document)).not.toContainEqual(external);
  });

  it("come with the files that they name: patches, an audit policy", async () => {
    const files = {
      ...isolationPatches({
        reservedSystemCPUs: "0",
        static: true,
        pods: {
          "kube-apiserver": { cpu: "2", memory: "4Gi" },
          "kube-controller-manager": { cpu: "1", memory: "1Gi" },
          "kube-scheduler": { cpu: "1", memory: "512Mi" },
          etcd: { cpu: "2", memory: "4Gi" },
        },
      }),
      ...Object.fromEntries(apiServerFiles({ auditPolicy: "metadata" }).map(({ path, content }) => [path, content])),
    };
    await expect(stringify(files)).toMatchFileSnapshot("golden/settings-files.yaml");
  });

  it("hold no token, key or discovery: those are made on the machine", () => {
    fc.assert(
      fc.property(fc.constantFrom(...minors), fc.boolean(), (minor, schedulable) => {
        const documents = JSON.stringify(kubeadmDocuments(facts({ cluster: version(minor), schedulable })));
        expect(documents).not.toMatch(/"token"|certificateKey|"discovery"|unsafeSkipCAVerification|"ttl":"(?!10m0s")/);
      }),
    );
  });
});

const kubeadm = path.join(process.env.RACKPLANE_CACHE ?? path.join(os.homedir(), ".cache/rackplane"), "bin/kubeadm");
describe.runIf(fs.existsSync(kubeadm))("kubeadm itself", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kubeadm-"));
  afterAll(() => fs.rmSync(directory, { recursive: true }));
  const validate = (documents: object[]) => {
    const file = path.join(directory, "documents.yaml");
    fs.writeFileSync(file, text(documents));
    return execFileSync(kubeadm, ["config", "validate", "--config", file], { encoding: "utf8" }).trim();
  };

  it("finds nothing wrong with the documents", () => {
    const { init, join } = kubeadmDocuments(facts({ kubelet: { failSwapOn: false }, kubeProxy: { mode: "nftables" } }));
    expect(validate(init)).toBe("ok");
    const token = "abcdef.0123456789abcdef";
    const settings = kubeadmDocuments(facts(everything));
    expect(validate(settings.init)).toBe("ok");
    const caCertHashes = [`sha256:${"0".repeat(64)}`];
    for (const join of [settings.join, worker])
      expect(
        validate([
          { ...join, discovery: { bootstrapToken: { apiServerEndpoint: "203.0.113.1:6443", token, caCertHashes } } },
        ]),
      ).toBe("ok");
    expect(
      validate([
        { ...join, discovery: { bootstrapToken: { apiServerEndpoint: "203.0.113.1:6443", token, caCertHashes } } },
      ]),
    ).toBe("ok");
  });
});
