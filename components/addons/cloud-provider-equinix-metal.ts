import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { CloudProviderSpec, ClusterSpec } from "../config/spec";
import { serviceAccount } from "./account";
import { below, type AddonKind, type AddonOptions } from "./addon-kind";

const NAMESPACE = "kube-system";
const NAME = "cloud-provider-equinix-metal";
/** The lease of k8s.io/cloud-provider's own name. */
const LEASE = "cloud-controller-manager";
const CONFIG = { folder: "/etc/cloud-sa", file: "cloud-sa.json" };
/** k8s.io/cloud-provider's own. */
const PORT = 10258;
/** The image's own user (distroless, nonroot). */
const USER = 65532;
const labels = { "app.kubernetes.io/name": NAME };

/** Equinix Metal's cloud controller manager (CPEM), which initialises the Nodes of kubelets that wait for it. */
export const cloudProviderEquinixMetal: AddonKind = {
  name: NAME,
  wanted: ({ cloudProvider }) => cloudProvider?.kind === "equinix-metal",
  // As for all that a cluster can do without while machines join.
  images: () => [],
  install: (name, spec, options) => new CloudProviderEquinixMetal(name, spec, options),
};

class CloudProviderEquinixMetal extends pulumi.ComponentResource {
  constructor(name: string, spec: ClusterSpec, { component, whole, api, project }: AddonOptions) {
    super("rackplane:addons:CloudProviderEquinixMetal", name, {}, component);
    const { cloudProvider } = spec;
    if (cloudProvider === undefined) throw new Error("cloudProvider: found none, expected one; look at `wanted`");
    const options = { ...below(this, { component }), dependsOn: whole };
    const services = servicesOf(spec);
    const config = createConfig(name, { cloudProvider, project, services }, options);
    const rights = rulesOf(services !== undefined);
    const account = serviceAccount(name, { account: NAME, namespace: NAMESPACE, ...rights }, options);
    createDaemonSet(
      name,
      { image: cloudProvider.image, account: account.name, config: config.metadata.name, api },
      { ...options, dependsOn: [whole, ...account.rights] },
    );
    this.registerOutputs({});
  }
}

/** What it does for Services: it looks after those whose announcer asks annotations for its neighbours. */
interface ForServices {
  /** Absent: each Service names its own. */
  readonly metro?: string;
}

function servicesOf({ services, workers, cloudProvider }: ClusterSpec): ForServices | undefined {
  if (services === undefined || !("peers" in services) || services.peers !== "annotations") return undefined;
  const metros = workers.flatMap(({ machines }) =>
    "sites" in machines && machines.sites.kind === "metros" ? machines.sites.codes : [],
  );
  const [first, ...others] = new Set(metros);
  const metro = cloudProvider?.metro ?? (others.length === 0 ? first : undefined);
  return metro === undefined ? {} : { metro };
}

/**
 * Named anew when it changes: the controller reads it when it starts, and the pods' own change is what starts it again.
 */
function createConfig(
  name: string,
  args: {
    readonly cloudProvider: CloudProviderSpec;
    readonly project: AddonOptions["project"];
    readonly services: ForServices | undefined;
  },
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const { cloudProvider, services } = args;
  const file = pulumi
    .all([cloudProvider.apiToken, cloudProvider.projectId ?? args.project])
    .apply(([apiKey, projectID]) =>
      JSON.stringify({
        apiKey,
        projectID,
        // Without a load balancer the controller leaves Services, sessions and annotations alone.
        ...(services === undefined ? {} : { ...services, loadbalancer: "kube-vip://" }),
      }),
    );
  return new k8s.core.v1.Secret(
    `${name}-config`,
    {
      metadata: { namespace: NAMESPACE },
      immutable: true,
      data: { [CONFIG.file]: pulumi.secret(file).apply(text => Buffer.from(text).toString("base64")) },
    },
    opts,
  );
}

/** The controllers of k8s.io/cloud-provider, and CPEM's own calls. */
const rulesOf = (forServices: boolean) => ({
  rules: [
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch", "update", "patch", "delete"] },
    { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
    { apiGroups: [""], resources: ["services"], verbs: ["list", "watch", ...(forServices ? SERVICE_VERBS : [])] },
    ...(forServices
      ? [
          { apiGroups: [""], resources: ["services/status"], verbs: ["patch", "update"] },
          // Its UID tells two clusters of one project apart.
          { apiGroups: [""], resources: ["namespaces"], resourceNames: [NAMESPACE], verbs: ["get"] },
        ]
      : []),
  ],
  namespacedRules: [
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [LEASE], verbs: ["get", "update"] },
  ],
});

const SERVICE_VERBS = ["get", "update", "patch"];

function createDaemonSet(
  name: string,
  args: {
    readonly image: string;
    readonly account: pulumi.Input<string>;
    readonly config: pulumi.Input<string>;
    readonly api: AddonOptions["api"];
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { image, account, config, api } = args;
  new k8s.apps.v1.DaemonSet(
    `${name}-daemonset`,
    {
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            // The Node that it runs on waits for it, and may have no pod network yet.
            hostNetwork: true,
            dnsPolicy: "Default",
            priorityClassName: "system-cluster-critical",
            serviceAccountName: account,
            nodeSelector: { "node-role.kubernetes.io/control-plane": "" },
            tolerations: [
              { key: "node.cloudprovider.kubernetes.io/uninitialized", effect: "NoSchedule" },
              { key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" },
              { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" },
            ].map(taint => ({ ...taint, operator: "Exists" })),
            securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER, fsGroup: USER },
            containers: [
              {
                name: NAME,
                image,
                command: [`/${NAME}`],
                args: [
                  "--cloud-provider=equinixmetal",
                  `--cloud-config=${CONFIG.folder}/${CONFIG.file}`,
                  "--leader-elect=true",
                  "--authentication-skip-lookup=true",
                  // Metrics and health are for the machine itself, not for the Internet.
                  "--bind-address=127.0.0.1",
                ],
                env: [
                  // It must not wait for kube-proxy, which may start at the same moment.
                  { name: "KUBERNETES_SERVICE_HOST", value: api.host },
                  { name: "KUBERNETES_SERVICE_PORT", value: api.port },
                ],
                livenessProbe: {
                  httpGet: { host: "127.0.0.1", path: "/healthz", port: PORT, scheme: "HTTPS" },
                  initialDelaySeconds: 10,
                  failureThreshold: 8,
                  timeoutSeconds: 15,
                },
                resources: { requests: { cpu: "20m", memory: "50Mi" }, limits: { memory: "256Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: { drop: ["ALL"] },
                },
                volumeMounts: [{ name: "config", mountPath: CONFIG.folder, readOnly: true }],
              },
            ],
            volumes: [{ name: "config", secret: { secretName: config, defaultMode: 0o440 } }],
          },
        },
      },
    },
    opts,
  );
}
