import "./components/quick-stacks";
import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "./components";
import { readClusterArgs } from "./components/config/read";
import { nameBefore } from "./components/config/name-before";

/**
 * The component's name; the names of all resources begin with it. The stack's name is no part of it: `pulumi stack
 * rename` would replace every resource.
 */
const LOGICAL_NAME = "k8s";

async function createCluster(): Promise<Cluster> {
  try {
    const args = readClusterArgs();
    const name = args.name ?? (await nameBefore()) ?? pulumi.getStack();
    // Until version 0.1.0 the component was named after the stack. Pulumi finds its children under the old name, too,
    // because their names begin with the component's.
    return new Cluster(LOGICAL_NAME, { ...args, name }, { aliases: [{ name: pulumi.getStack() }] });
  } catch (error) {
    // A person who mistyped a key is helped by the sentence, not by where in this program it was found.
    if (pulumi.InputPropertiesError.isInstance(error)) throw new pulumi.RunError(error.message);
    throw error;
  }
}

/** What the stack shows (`pulumi stack output`). */
export = async () => {
  const { name, endpoint, kubeconfig, kubeconfigs, caCertificate, machines, workers } = await createCluster();
  return { name, endpoint, kubeconfig, kubeconfigs, caCertificate, machines, workers };
};
