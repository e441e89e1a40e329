import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ChartedNetworkSpec } from "../config/network/chart";
import type { Json, JsonObject } from "../config/values/json";
import { isRecord } from "../config/values/section";
import { below, type AddonOptions } from "./addon-kind";

/** A pod network that a Helm chart installs. */
export interface ChartedNetwork {
  /** The component's type. */
  readonly type: string;
  /** The release's name. */
  readonly release: string;
  readonly namespace: string;
  readonly network: ChartedNetworkSpec;
  /** The program's own values; a person's are laid over them. */
  readonly values: JsonObject;
  /** Values that become known only with the endpoint. */
  readonly endpoint: pulumi.Inputs;
  /** Seconds until what the chart installs has to be ready. */
  readonly seconds: number;
}

/**
 * A Helm release. It is made by the plugin in the way of `helm upgrade --install`, so that Helm's own commands know it, and
 * so that a first preview needs neither cluster nor repository: what the plugin would render as single resources
 * (helm.v4.Chart) needs the cluster's kubeconfig at once.
 */
export function installChart(name: string, args: ChartedNetwork, { component, whole }: AddonOptions): pulumi.Resource {
  const { network, namespace, release, seconds } = args;
  const parent = new pulumi.ComponentResource(args.type, name, {}, component);
  const options = { ...below(parent, { component }), dependsOn: whole };
  const room = namespace === "kube-system" ? [] : [privileged(name, namespace, options)];
  new k8s.helm.v3.Release(
    `${name}-release`,
    {
      name: release,
      namespace,
      ...sourceOf(network),
      values: { ...merged(args.values, network.values), ...args.endpoint },
      timeout: seconds,
      // Each revision is a Secret with the whole chart.
      maxHistory: 3,
    },
    { ...options, dependsOn: [whole, ...room] },
  );
  return parent;
}

function sourceOf({
  chart,
}: ChartedNetworkSpec): Pick<k8s.helm.v3.ReleaseArgs, "chart" | "version" | "repositoryOpts"> {
  if ("path" in chart) return { chart: chart.path };
  const { name, version, repository } = chart;
  return repository.startsWith("oci://")
    ? { chart: `${repository}/${name}`, version }
    : { chart: name, version, repositoryOpts: { repo: repository } };
}

/** The pods use the host's network, which no level below "privileged" admits. */
const privileged = (name: string, namespace: string, opts: pulumi.CustomResourceOptions) =>
  new k8s.core.v1.Namespace(
    `${name}-namespace`,
    { metadata: { name: namespace, labels: { "pod-security.kubernetes.io/enforce": "privileged" } } },
    opts,
  );

/** The second laid over the first, object by object, as Helm does with its value files. */
function merged(under: JsonObject, over: JsonObject): JsonObject {
  const both = (one: Json | undefined, other: Json): Json =>
    isRecord(one) && isRecord(other) ? merged(one, other) : other;
  return {
    ...under,
    ...Object.fromEntries(Object.entries(over).map(([key, value]) => [key, both(under[key], value)])),
  };
}
