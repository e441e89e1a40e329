import { z } from "zod";
import { checkedText, expecting } from "../values/forms";
import { describe } from "../values/problems";

/** The programs of a control plane that take arguments. */
export type Component = "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "etcd";

/** An argument that kubeadm or this program sets, and what to set instead, where there is such a setting, or why not. */
type OwnArgument = readonly [form: RegExp, instead: string];

const KUBEADMS = "kubeadm's own value holds the cluster together";
const FEATURE_GATES: OwnArgument = [/^feature-gates$/, "set featureGates, which all parts of the cluster get"];
/** What the controller manager and the scheduler have in common. */
const CLIENTS_OWN: readonly OwnArgument[] = [
  FEATURE_GATES,
  [/^(kubeconfig|authentication-kubeconfig|authorization-kubeconfig)$/, KUBEADMS],
  [/^leader-elect$/, "one machine's leads, and another's when that one is away"],
];

const COMPONENTS: Readonly<Record<Component, { readonly example: string; readonly own: readonly OwnArgument[] }>> = {
  "kube-apiserver": {
    example: "max-requests-inflight",
    own: [
      FEATURE_GATES,
      [/^(advertise|bind)-address$/, "the machine's own address is used"],
      [/^secure-port$/, "set endpoint.port or endpoint.apiServerPort"],
      [/^audit-(policy-file|log-path|log-maxage|log-maxbackup|log-maxsize)$/, "set apiServer.auditPolicy"],
      [/^encryption-provider-config(-automatic-reload)?$/, "set apiServer.encryption"],
      [/^authentication-config$/, "set apiServer.authentication"],
      [/^admission-control-config-file$/, "set apiServer.admission"],
      [/^service-cluster-ip-range$/, "set network.serviceCidr"],
      [/^service-node-port-range$/, "the ports below 30000 are checked against the default range"],
      [
        /^(etcd-.*|tls-.*-file|client-ca-file|kubelet-client-.*|kubelet-certificate-authority|requestheader-.*|proxy-client-.*|service-account-.*|enable-bootstrap-token-auth|authorization-mode)$/,
        KUBEADMS,
      ],
    ],
  },
  "kube-controller-manager": {
    example: "node-monitor-grace-period",
    own: [
      ...CLIENTS_OWN,
      [/^cluster-cidr$/, "set network.podCidr"],
      [/^service-cluster-ip-range$/, "set network.serviceCidr"],
      [/^cluster-name$/, "set name"],
      [/^(allocate-node-cidrs|node-cidr-mask-size.*)$/, "the Nodes' shares of network.podCidr stay as they are"],
      [/^controllers$/, "machines join by controllers that are off by default"],
      [
        /^(client-ca-file|cluster-signing-.*-file|requestheader-.*|root-ca-file|service-account-private-key-file|use-service-account-credentials|tls-.*-file)$/,
        KUBEADMS,
      ],
    ],
  },
  "kube-scheduler": { example: "kube-api-qps", own: [...CLIENTS_OWN, [/^(client-ca-file|tls-.*-file)$/, KUBEADMS]] },
  etcd: {
    example: "snapshot-count",
    own: [
      [/^data-dir$/, "set etcd.dataDirectory"],
      [/^wal-dir$/, "a member's data stays where it is"],
      [/^quota-backend-bytes$/, "set etcd.quotaBytes"],
      [/^auto-compaction-(mode|retention)$/, "set etcd.autoCompaction"],
      [/^(name|(listen|initial|advertise)-.*|discovery.*|force-new-cluster|config-file)$/, KUBEADMS],
      [
        /^(peer-.*|cert-file|key-file|trusted-ca-file|client-cert-auth|client-cert-file|client-key-file|auto-tls)$/,
        KUBEADMS,
      ],
    ],
  },
};

/** The schema of `extraArgs` of one program: argument without "--" to value. */
export const extraArgsSchema = (component: Component) =>
  z
    .record(
      checkedText(`an argument of ${component}`, name => argumentProblem(component, name)),
      z.string(expecting("a text in quotes, as on a command line")),
      expecting(`an object of argument to value, such as {"${COMPONENTS[component].example}": "800"}`),
    )
    .default({});

function argumentProblem(component: Component, name: string): string | undefined {
  const { example, own } = COMPONENTS[component];
  if (name.startsWith("-"))
    return `found "${name}", expected the name without "--"; write "${name.replace(/^-+/, "")}"`;
  if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))
    return `found ${describe(name)}, expected an argument of ${component}, such as "${example}"`;
  const found = own.find(([form]) => form.test(name));
  return found === undefined ? undefined : `found "${name}", which is not yours to set; ${found[1]}`;
}
