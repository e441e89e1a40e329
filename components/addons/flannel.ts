import { createHash } from "node:crypto";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { FlannelSpec } from "../config/network/flannel";
import { ofKind } from "../config/network/network-kinds";
import { serviceAccount } from "./account";
import { below, type AddonKind, type AddonOptions } from "./addon-kind";

/** Where flannel leaves the machine's share of the pod network; `rackplane-cni.path` waits for it. */
const RUN_DIR = "/run/flannel";

const labels = { app: "flannel" };

/** The pod network of a cluster whose configuration names no other. */
export const flannel: AddonKind = {
  name: "flannel",
  wanted: ({ network }) => network.kind === "flannel",
  images: ({ network }) => (network.kind === "flannel" ? [network.flannelImage] : []),
  install: (name, { network }, options) => new Flannel(name, { network: ofKind(network, "flannel") }, options),
};

/**
 * flannel hands each machine its share of `network.podCidr` and carries packets between machines; the CNI
 * configuration itself is written on the machine from flannel's own file, with the standard bridge plugin, so no
 * plugin image has to be pulled and run as root.
 */
class Flannel extends pulumi.ComponentResource {
  constructor(name: string, { network }: { network: FlannelSpec }, { component, whole, api }: AddonOptions) {
    super("rackplane:addons:Flannel", name, {}, component);
    const options = below(this, { component });
    const changing = { ...options, dependsOn: whole };
    const namespace = createNamespace(name, options);
    const account = createAccount(name, namespace, options);
    const settings = settingsOf(network);
    const config = createConfig(name, { namespace, settings }, changing);
    createDaemonSet(name, { namespace, account, config, settings, image: network.flannelImage, api }, changing);
    this.registerOutputs({});
  }
}

function createNamespace(name: string, opts: pulumi.CustomResourceOptions) {
  const namespace = new k8s.core.v1.Namespace(
    `${name}-namespace`,
    {
      // The pods use the host's network and NET_ADMIN, which no level below "privileged" admits.
      metadata: { name: "kube-flannel", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
    },
    opts,
  );
  return namespace.metadata.name;
}

function createAccount(name: string, namespace: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) {
  const rules = [
    { apiGroups: [""], resources: ["pods"], verbs: ["get"] },
    { apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] },
    { apiGroups: [""], resources: ["nodes/status"], verbs: ["patch"] },
  ];
  return serviceAccount(name, { account: "flannel", namespace, rules }, opts).name;
}

/** flannel's own file. */
const settingsOf = ({ podCidr, backend }: FlannelSpec): string =>
  JSON.stringify({ Network: podCidr, Backend: { Type: backend } });

function createConfig(
  name: string,
  { namespace, settings }: { namespace: pulumi.Input<string>; settings: string },
  opts: pulumi.CustomResourceOptions,
) {
  const config = new k8s.core.v1.ConfigMap(
    `${name}-config`,
    { metadata: { name: "flannel", namespace }, data: { "net-conf.json": settings } },
    opts,
  );
  return config.metadata.name;
}

function createDaemonSet(
  name: string,
  args: {
    namespace: pulumi.Input<string>;
    account: pulumi.Input<string>;
    config: pulumi.Input<string>;
    settings: string;
    image: string;
    api: AddonOptions["api"];
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const fieldRef = (fieldPath: string) => ({ valueFrom: { fieldRef: { fieldPath } } });
  new k8s.apps.v1.DaemonSet(
    `${name}-daemonset`,
    {
      metadata: { name: "flannel", namespace: args.namespace, labels },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: {
            labels,
            // flannel reads its settings when it starts: other settings are other pods, one machine after the other.
            annotations: { "rackplane/settings-sha256": createHash("sha256").update(args.settings).digest("hex") },
          },
          spec: {
            hostNetwork: true,
            priorityClassName: "system-node-critical",
            serviceAccountName: args.account,
            // flannel makes a Node Ready, so it has to run on Nodes that are not Ready yet.
            tolerations: [{ operator: "Exists" }],
            containers: [
              {
                name: "flannel",
                image: args.image,
                // The private address and not the interface, because Metal's bond carries the public address as well.
                args: ["--kube-subnet-mgr", "--ip-masq", "--iface=$(HOST_IP)"],
                env: [
                  // A flannel that finds no API ends, and is started again after ten seconds: it must not wait for
                  // kube-proxy, which starts at the same moment.
                  { name: "KUBERNETES_SERVICE_HOST", value: args.api.host },
                  { name: "KUBERNETES_SERVICE_PORT", value: args.api.port },
                  { name: "POD_NAME", ...fieldRef("metadata.name") },
                  { name: "POD_NAMESPACE", ...fieldRef("metadata.namespace") },
                  { name: "HOST_IP", ...fieldRef("status.hostIP") },
                ],
                resources: { requests: { cpu: "50m", memory: "50Mi" } },
                securityContext: { privileged: false, capabilities: { add: ["NET_ADMIN", "NET_RAW"] } },
                volumeMounts: [
                  { name: "run", mountPath: RUN_DIR },
                  { name: "config", mountPath: "/etc/kube-flannel" },
                  { name: "xtables-lock", mountPath: "/run/xtables.lock" },
                ],
              },
            ],
            volumes: [
              { name: "run", hostPath: { path: RUN_DIR, type: "DirectoryOrCreate" } },
              { name: "config", configMap: { name: args.config } },
              { name: "xtables-lock", hostPath: { path: "/run/xtables.lock", type: "FileOrCreate" } },
            ],
          },
        },
      },
    },
    opts,
  );
}
