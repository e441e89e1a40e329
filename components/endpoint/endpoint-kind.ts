import type * as pulumi from "@pulumi/pulumi";
import type { Announcer, GrantSecrets } from "../../cloud-init/node-spec";
import type { ClusterSpec } from "../config/spec";

/** How one kind of endpoint is told to machines. */
export interface EndpointKind<Spec> {
  /** What stands in node.json, for everybody on the machine to read. */
  announcer(endpoint: Spec, spec: ClusterSpec): Announcer;
  /** The container images that control-plane machines run for it. */
  images(endpoint: Spec): readonly string[];
  /** What grants alone hold, the same for every machine that may hold the VIP. */
  secrets(endpoint: Spec): pulumi.Output<GrantSecrets> | undefined;
}
