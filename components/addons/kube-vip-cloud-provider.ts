import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ServicesSpec } from "../config/spec";
import { parsePool, writeSpan } from "../config/values/address-pools";
import { serviceAccount } from "./account";
import { below, type AddonKind, type AddonOptions } from "./addon-kind";

const NAMESPACE = "kube-system";
const NAME = "kube-vip-cloud-provider";
/** The name that the cloud provider looks for. */
const CONFIG = "kubevip";
const LEASE = "kube-vip-cloud-controller";

const labels = { "app.kubernetes.io/name": NAME };

/** Gives each Service of type LoadBalancer an address of the configured ranges. */
export const kubeVipCloudProvider: AddonKind = {
  name: NAME,
  wanted: ({ services }) =>
    services !== undefined &&
    (services.addresses.length > 0 || ("reserve" in services && services.reserve !== undefined)),
  images: () => [],
  install: (name, { services }, options) => {
    if (services === undefined) throw new Error("services: found none, expected some; look at `wanted`");
    return new KubeVipCloudProvider(name, { services }, options);
  },
};

class KubeVipCloudProvider extends pulumi.ComponentResource {
  constructor(name: string, { services }: { services: ServicesSpec }, { component, whole, publicBlock }: AddonOptions) {
    super("rackplane:addons:KubeVipCloudProvider", name, {}, component);
    const options = { ...below(this, { component }), dependsOn: whole };
    const config = createConfig(name, { addresses: services.addresses, publicBlock }, options);
    const account = serviceAccount(name, { account: NAME, namespace: NAMESPACE, ...RULES }, options);
    createDeployment(
      name,
      { image: services.cloudProviderImage, account: account.name },
      [config, ...account.rights],
      options,
    );
    this.registerOutputs({});
  }
}

/** The service controller of k8s.io/cloud-provider, and the cloud provider's own calls. */
const RULES = {
  rules: [
    { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "update", "patch"] },
    { apiGroups: [""], resources: ["services/status"], verbs: ["update", "patch"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["events"], verbs: ["create", "patch", "update"] },
  ],
  namespacedRules: [
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [CONFIG], verbs: ["get"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [LEASE], verbs: ["get", "update"] },
  ],
};

/** It is read anew for each Service, so other ranges start nothing anew. */
const createConfig = (
  name: string,
  { addresses, publicBlock }: { addresses: readonly string[]; publicBlock: AddonOptions["publicBlock"] },
  opts: pulumi.CustomResourceOptions,
) =>
  new k8s.core.v1.ConfigMap(
    `${name}-config`,
    {
      metadata: { name: CONFIG, namespace: NAMESPACE },
      // One key for all: of `cidr-global` and `range-global` the provider reads the first alone.
      data: {
        "range-global": pulumi.output(publicBlock).apply(block =>
          [...addresses, ...(block === undefined ? [] : [block])]
            .flatMap(text => parsePool(text) ?? [])
            .map(writeSpan)
            .join(","),
        ),
      },
    },
    opts,
  );

function createDeployment(
  name: string,
  { image, account }: { image: string; account: pulumi.Input<string> },
  dependsOn: pulumi.Resource[],
  opts: pulumi.CustomResourceOptions,
): void {
  new k8s.apps.v1.Deployment(
    `${name}-deployment`,
    {
      metadata: { name: NAME, namespace: NAMESPACE, labels },
      spec: {
        // The second one waits for the first one's lease.
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: account,
            priorityClassName: "system-cluster-critical",
            tolerations: [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }],
            affinity: {
              nodeAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 10,
                    preference: {
                      matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }],
                    },
                  },
                ],
              },
              podAntiAffinity: {
                preferredDuringSchedulingIgnoredDuringExecution: [
                  {
                    weight: 100,
                    podAffinityTerm: { labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" },
                  },
                ],
              },
            },
            containers: [
              {
                name: NAME,
                image,
                command: [`/${NAME}`],
                args: [`--leader-elect-resource-name=${LEASE}`],
                resources: { requests: { cpu: "10m", memory: "48Mi" }, limits: { memory: "256Mi" } },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  runAsNonRoot: true,
                  runAsUser: 65534,
                  capabilities: { drop: ["ALL"] },
                },
              },
            ],
          },
        },
      },
    },
    { ...opts, dependsOn },
  );
}
