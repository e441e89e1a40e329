import * as pulumi from "@pulumi/pulumi";

/** The stack's output that tells the cluster's name. */
const OUTPUT = "name";

/** Pulumi's own function that reads a stack's outputs from its state; it registers nothing. */
const READ_OUTPUTS = "pulumi:pulumi:readStackOutputs";

/**
 * The name that the stack's cluster had at the last `pulumi up`, as this stack's own outputs tell it; undefined before
 * the first. A configuration without a name means the stack's name, which `pulumi stack rename` changes; machines,
 * certificates and etcd keep the one that they were made with.
 *
 * @throws pulumi.RunError when Pulumi cannot read the outputs: another name would be an edit of every machine.
 */
export async function nameBefore(): Promise<string | undefined> {
  let answer: { outputs?: Readonly<Record<string, unknown>> };
  try {
    answer = (await pulumi.runtime.invoke(READ_OUTPUTS, { name: ownStack() })) as typeof answer;
  } catch (error) {
    throw new pulumi.RunError(
      `name: found none, and the stack's outputs, which tell the name of a cluster that exists, cannot be read (${error instanceof Error ? error.message : String(error)}); set rackplane:name`,
    );
  }
  const name = answer.outputs?.[OUTPUT];
  return typeof name === "string" ? name : undefined;
}

/** Self-managed backends know no organisations, and some no projects; there the stack's name says all. */
function ownStack(): string {
  const organization = pulumi.getOrganization();
  return organization === "organization"
    ? pulumi.getStack()
    : `${organization}/${pulumi.getProject()}/${pulumi.getStack()}`;
}
