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

/** What an add-on is given. */
export interface AddonOptions {
  /** Its component's options. */
  readonly component: {
    readonly parent: pulumi.Resource;
    /** The cluster's Kubernetes API. */
    readonly provider: pulumi.ProviderResource;
    /**
     * Deleting the cluster deletes everything in it; asking a dying API server to delete these objects would only wait.
     */
    readonly deletedWith: pulumi.Resource;
    /** What every resource below it is made with, too. */
    readonly transformations?: pulumi.ResourceTransformation[];
  };
  /**
   * After it the control plane is whole. What an edit may change comes after it, so that an edit that stops at a machine
   * has changed nothing in the cluster; what never changes may come before.
   */
  readonly whole: pulumi.Resource;
  /** The endpoint, for pods on the host's network that have to reach the API before kube-proxy has set its rules. */
  readonly api: { readonly host: pulumi.Output<string>; readonly port: string };
  /** The project that machines are rented in; absent where none is rented. */
  readonly project?: pulumi.Output<string>;
  /** A block of public addresses that was reserved for Services, as `a.b.c.d/n`. */
  readonly publicBlock?: pulumi.Output<string>;
}

/** The options of what an add-on makes below a component of its own: `deletedWith` is not inherited, unlike parent and provider. */
export const below = (
  parent: pulumi.Resource,
  { component: { deletedWith } }: Pick<AddonOptions, "component">,
): { readonly parent: pulumi.Resource; readonly deletedWith: pulumi.Resource } => ({ parent, deletedWith });
