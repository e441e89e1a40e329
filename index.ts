import "./components/quick-stacks";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components";
import { readClusterArgs } from "./components/config/read";

const cluster = createCluster();

export const endpoint = cluster.endpoint;
export const kubeconfig = cluster.kubeconfig;
export const caCertificate = cluster.caCertificate;
export const machines = cluster.machines;
export const workers = cluster.workers;

function createCluster(): Cluster {
  try {
    return new Cluster(pulumi.getStack(), readClusterArgs());
  } catch (error) {
    // A person who mistyped a key is helped by the sentence, not by where in this program it was found.
    if (pulumi.InputPropertiesError.isInstance(error)) throw new pulumi.RunError(error.message);
    throw error;
  }
}
