import { expect } from "vitest";
import { onMachine } from "../cli/operator";

/**
 * Kubeadm formed the cluster on the first machine and on no other.
 *
 * @param begun how often it began: once, and once more for each time that it was cut and started over
 */
export async function expectFormedOnce(machines: readonly string[], begun = 1): Promise<void> {
  const [first = ""] = machines;
  expect(await formationsBegun(first)).toBe(begun);
  expect(await formedOn(machines)).toEqual([first]);
}

/** How often kubeadm began to form a cluster on a machine, by its journal. */
export const formationsBegun = async (machine: string): Promise<number> =>
  Number(
    await onMachine(machine, [
      "journalctl --no-pager -o cat -u rackplane-form | grep -c 'Using Kubernetes version'; true",
    ]),
  );

/** Those of the machines that say of themselves that they formed the cluster. One that left and joined anew does not. */
export async function formedOn(machines: readonly string[]): Promise<string[]> {
  const said = await Promise.all(
    machines.map(machine =>
      onMachine(machine, ["if [ -e /var/lib/rackplane/formed.json ]; then echo yes; else echo no; fi"]),
    ),
  );
  return machines.filter((_, i) => said[i]?.trim() === "yes");
}
