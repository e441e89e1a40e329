import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "../config/spec";

/** One add-on: what runs in the cluster and is installed through the Kubernetes API. */
export interface AddonKind {
  /** The name of its resources, behind the cluster's name; it is part of their URNs. */
  readonly name: string;
  /** Whether the configuration asks for it. */
  wanted(spec: ClusterSpec): boolean;
  /** The container images that every machine of the cluster pulls before it joins. */
  images(spec: ClusterSpec): readonly string[];
  /**
   * Makes the add-on's resources below one component and returns that: what depends on the component depends on them
   * all.
   */
  install(name: string, spec: ClusterSpec, options: AddonOptions): pulumi.Resource;
}

/** What the component of an add-on is given. */
export interface AddonOptions {
  readonly parent: pulumi.Resource;
  /** The cluster's Kubernetes API. */
  readonly provider: pulumi.ProviderResource;
  /**
   * Deleting the cluster deletes everything in it; asking a dying API server to delete these objects would only wait.
   */
  readonly deletedWith: pulumi.Resource;
}
