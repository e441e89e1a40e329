import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../cluster-context";
import { bringsNetwork } from "../config/network/network-kinds";
import type { AddonOptions } from "./addon-kind";
import { wantedAddons } from "./addon-kinds";

/** Everything that the configuration wants in the cluster. */
export function installAddons(
  { name, spec, parent, project, publicBlock }: ClusterContext & Pick<AddonOptions, "project" | "publicBlock">,
  {
    provider,
    formation,
    last,
  }: { provider: pulumi.ProviderResource; formation: pulumi.Resource; last: pulumi.Resource },
  vip: pulumi.Output<string>,
): pulumi.Resource[] {
  const api = { host: vip, port: String(spec.endpoint.port) };
  const component = {
    parent,
    provider,
    deletedWith: formation,
    ...(bringsNetwork(spec.network) ? {} : { transformations: [withoutPods] }),
  };
  return wantedAddons(spec).map(addon =>
    addon.install(`${name}-${addon.name}`, spec, {
      component,
      whole: last,
      api,
      ...(project === undefined ? {} : { project }),
      ...(publicBlock === undefined ? {} : { publicBlock }),
    }),
  );
}

/** Before a person has brought a pod network, a Deployment's pods wait for it: an `up` that waited for them never ended. */
const withoutPods: pulumi.ResourceTransformation = ({ type, props, opts }) => {
  if (!type.endsWith(":Deployment")) return undefined;
  const { metadata } = props as { metadata?: { annotations?: Record<string, string> } };
  const annotations = { ...metadata?.annotations, "pulumi.com/skipAwait": "true" };
  return { props: { ...props, metadata: { ...metadata, annotations } }, opts };
};
