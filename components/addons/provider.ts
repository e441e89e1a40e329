import * as k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { ClusterContext } from "../cluster-context";

/** The cluster's Kubernetes API, with the administrator's kubeconfig. It asks the API server once, `after` these. */
export const kubernetesProvider = (
  { name, parent }: ClusterContext,
  { kubeconfig, after }: { kubeconfig: pulumi.Output<string>; after: readonly pulumi.Input<pulumi.Resource>[] },
): k8s.Provider =>
  new k8s.Provider(
    `${name}-kubernetes`,
    {
      kubeconfig,
      // A fixed word. If the kubeconfig identified the provider, a new certificate would replace everything in the
      // cluster.
      clusterIdentifier: name,
      // Otherwise the plugin replaces a ConfigMap whose text was edited, and with it all that names it.
      enableConfigMapMutable: true,
      // An object whose answer was lost is there and not in the state: otherwise every later run fails on it.
      upsertExistingObjects: true,
    },
    { parent, dependsOn: [...after] },
  );
