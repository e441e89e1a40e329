import { expect } from "vitest";
import { onMachine } from "../cli/operator";

/**
 * Kubeadm formed the cluster on the first machine and on no other.
 *
 * @param begun how often it began: once, and once more for each time that it was cut and started over
 */
export async function expectFormedOnce(machines: readonly string[], begun = 1): Promise<void> {
  const [first = ""] = machines;
  const inits = await onMachine(first, [
    "journalctl",
    "--no-pager",
    "-o",
    "cat",
    "-u",
    "rackplane-form",
    "|",
    "grep",
    "-c",
    "'Using Kubernetes version'",
  ]);
  expect(Number(inits)).toBe(begun);
  const formed = await Promise.all(
    machines.map(machine =>
      onMachine(machine, [
        "if",
        "[",
        "-e",
        "/var/lib/rackplane/formed.json",
        "];",
        "then",
        "echo",
        "yes;",
        "else",
        "echo",
        "no;",
        "fi",
      ]),
    ),
  );
  expect(formed).toEqual(machines.map(machine => (machine === first ? "yes" : "no")));
}
