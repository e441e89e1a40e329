import * as pulumi from "@pulumi/pulumi";
import type { ClusterArgs } from "./args";
import { TOKEN_SOURCES } from "./machines/equinix-servers";

/** The namespace of the stack's keys: the project's name in `Pulumi.yaml`. */
const NAMESPACE = "rackplane";

/** Keys that are plain text; all others are objects or lists, which Pulumi hands over as JSON. */
const TEXT_KEYS = ["name", "kubernetesVersion"];

/**
 * The stack's configuration, `rackplane:<key>` by key, unchecked: `parseCluster` judges it, unknown keys included.
 *
 * Reads the whole namespace, because `pulumi.Config` cannot list its keys, and its `getObject` warns about `machines`
 * once a secret stands anywhere in it. The result holds secrets as plain text, so that the parser can check them with
 * everything else; in the spec they are secret Outputs.
 */
export function readClusterArgs(config: Readonly<Record<string, string>> = pulumi.runtime.allConfig()): ClusterArgs {
  const args: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    if (!key.startsWith(`${NAMESPACE}:`)) continue;
    const name = key.slice(NAMESPACE.length + 1);
    // Pulumi.yaml gives optional text keys the default "", as a key without default is a required one.
    if (TEXT_KEYS.includes(name)) args[name] = value === "" ? undefined : value;
    else args[name] = parsed(value);
  }
  return args as unknown as ClusterArgs;
}

/** Whether the provider will find a token: in its environment variables or its configuration. */
export function hasMetalCredentials(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  config: Readonly<Record<string, string>> = pulumi.runtime.allConfig(),
): boolean {
  return metalToken(environment, config) !== undefined;
}

/** The token that the provider finds: that of its configuration goes before those of the environment. */
export function metalToken(
  environment: Readonly<Record<string, string | undefined>> = process.env,
  config: Readonly<Record<string, string>> = pulumi.runtime.allConfig(),
): string | undefined {
  const found = [config, environment].flatMap(place => TOKEN_SOURCES.map(source => place[source]));
  return found.find(token => token !== undefined && token !== "");
}

/** Text that is no JSON stays text, so that the parser can say what it expected in its place. */
function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
