import { cleanUp, leftOvers } from "../machines/clean";

/**
 * Takes away every process, mount, namespace, cgroup and file of the rack. The cache stays.
 *
 * @throws Error listing what could not be removed.
 */
export async function down(): Promise<void> {
  await cleanUp();
  const left = await leftOvers();
  if (left.length > 0) throw new Error(`down: the rack left this behind, expected nothing:\n${left.join("\n")}`);
  process.stdout.write("the rack is down; nothing of it is left\n");
}
