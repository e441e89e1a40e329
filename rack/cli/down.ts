import { purge } from "../setup/installed";
import { cleanUp, leftOvers } from "../machines/clean";

/**
 * Takes away every process, mount, namespace, cgroup and file of the rack. The cache stays, unless
 * everything is to be purged: then it goes, too, with the Debian packages that the rack installed.
 *
 * @throws Error listing what could not be removed.
 */
export async function down({ purge: all = false }: { purge?: boolean } = {}): Promise<void> {
  await cleanUp();
  const left = await leftOvers();
  if (left.length > 0) throw new Error(`down: the rack left this behind, expected nothing:\n${left.join("\n")}`);
  process.stdout.write("the rack is down; nothing of it is left\n");
  if (all) await purge(line => process.stdout.write(`${line}\n`));
}
