import type * as pulumi from "@pulumi/pulumi";
import type { ClusterSpec } from "./config/spec";

/** The cluster that a resource is made for. */
export interface ClusterContext {
  /** The component's name; the names of all its resources begin with it. */
  readonly name: string;
  readonly spec: ClusterSpec;
  /** When this run of the program began, in milliseconds since 1970: what is due by date is due by this. */
  readonly now: number;
  /** The component itself. */
  readonly parent: pulumi.Resource;
}
