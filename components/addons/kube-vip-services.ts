import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { BgpPeerSpec } from "../config/endpoint/bgp-peers";
import type { ClusterSpec, ServicesSpec } from "../config/spec";
import { serviceAccount } from "./account";
import { below, type AddonKind, type AddonOptions } from "./addon-kind";
import { announcingNodes, type AnnouncingNodes } from "./announcing-nodes";
import { PEERS_FILE, kubeVipPod } from "./kube-vip-pod";

const NAMESPACE = "kube-system";
const NAME = "kube-vip-services";

/** Machines that announce the addresses of Services of type LoadBalancer. */
export const kubeVipServices: AddonKind = {
  name: NAME,
  wanted: ({ services }) => services !== undefined,
  // Nothing that has to be there before a machine joins: an image in node.json would be an edit of every machine.
  images: () => [],
  install: (name, spec, options) => new KubeVipServices(name, spec, options),
};

class KubeVipServices extends pulumi.ComponentResource {
  constructor(name: string, spec: ClusterSpec, { component, whole }: AddonOptions) {
    super("rackplane:addons:KubeVipServices", name, {}, component);
    const { services } = spec;
    if (services === undefined) throw new Error("services: found none, expected some; look at `wanted`");
    const options = { ...below(this, { component }), dependsOn: whole };
    const account = serviceAccount(name, { account: NAME, namespace: NAMESPACE, rules: rulesOf(services) }, options);
    for (const group of announcingNodes(spec, services)) createDaemonSet(name, { services, account, group }, options);
    this.registerOutputs({});
  }
}

/** What kube-vip's own calls need: see pkg/services and pkg/endpoints of its source. */
function rulesOf(services: ServicesSpec): k8s.types.input.rbac.v1.PolicyRule[] {
  return [
    // It notes its machine at each Service (kube-vip.io/vipHost), and the address in the Service's status.
    { apiGroups: [""], resources: ["services"], verbs: ["get", "list", "watch", "update"] },
    { apiGroups: [""], resources: ["services/status"], verbs: ["update"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
    ...("election" in services
      ? // A Service's own lease lies beside it, in whatever namespace.
        [{ apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] }]
      : []),
    ...("peers" in services && services.peers === "annotations"
      ? [{ apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"] }]
      : []),
  ];
}

function createDaemonSet(
  name: string,
  args: {
    readonly services: ServicesSpec;
    readonly account: ReturnType<typeof serviceAccount>;
    readonly group: AnnouncingNodes;
  },
  opts: pulumi.CustomResourceOptions,
): void {
  const { suffix, nodes, peers } = args.group;
  const labels = { "app.kubernetes.io/name": `${NAME}${suffix}` };
  const secret = peers === undefined ? undefined : peersSecret(`${name}${suffix}`, peers, opts);
  const pod = kubeVipPod({
    services: args.services,
    account: args.account.name,
    ...(secret === undefined ? {} : { peers: secret.metadata.name }),
    nodes,
  });
  new k8s.apps.v1.DaemonSet(
    `${name}${suffix}-daemonset`,
    {
      metadata: { name: `${NAME}${suffix}`, namespace: NAMESPACE, labels },
      spec: {
        selector: { matchLabels: labels },
        // A machine that announces anew has its sessions first, a tenth of the machines at a time.
        minReadySeconds: 10,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        template: { metadata: { labels }, spec: pod },
      },
    },
    { ...opts, dependsOn: args.account.rights },
  );
}

/**
 * The BGP neighbours as kube-vip reads them from a file, by the names of its own Go fields. Named anew when they change:
 * kube-vip reads them when it starts, and the pods' own change is what starts it again.
 */
function peersSecret(
  name: string,
  peers: readonly BgpPeerSpec[],
  opts: pulumi.CustomResourceOptions,
): k8s.core.v1.Secret {
  const file = pulumi.all(peers.map(({ md5Password }) => md5Password ?? pulumi.output(""))).apply(passwords =>
    JSON.stringify({
      // A file without it takes the default away, and 1.2.2 then begins anew without end (pkg/kubevip, mergeConfigValues).
      DebounceTime: "0s",
      BGPConfig: {
        Peers: peers.map(({ address, as, multihop }, i) => ({
          Address: address,
          AS: as,
          Password: passwords[i],
          MultiHop: multihop,
          Port: 179,
        })),
      },
    }),
  );
  return new k8s.core.v1.Secret(
    `${name}-peers`,
    {
      metadata: { namespace: NAMESPACE },
      immutable: true,
      data: { [PEERS_FILE]: file.apply(text => Buffer.from(text).toString("base64")) },
    },
    opts,
  );
}
