import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../config/spec";

/** One add-on: what runs in the cluster and is installed through the Kubernetes API. */
export interface AddonKind {
  /** What its resources are called, behind the cluster's name; their URNs hold it. */
  readonly name: string;
  /** Whether the configuration asks for it. */
  wanted(spec: ClusterSpec): boolean;
  /** The container images that every machine of the cluster pulls before it joins. */
  images(spec: ClusterSpec): readonly string[];
  /** Makes its resources below one component, which is the answer: what depends on that depends on all of them. */
  install(name: string, spec: ClusterSpec, options: AddonOptions): pulumi.Resource;
}

/** What the component of an add-on is given. */
export interface AddonOptions {
  readonly parent: pulumi.Resource;
  /** The cluster's Kubernetes API. */
  readonly provider: pulumi.ProviderResource;
  /** With the cluster goes all that is in it; asking a dying API server to delete it would only wait. */
  readonly deletedWith: pulumi.Resource;
}
