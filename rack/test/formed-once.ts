import { expect } from "vitest";
import { onMachine } from "../cli/operator";

/** Kubeadm formed once, on the first machine and on no other. */
export async function expectFormedOnce(machines: readonly string[]): Promise<void> {
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
  expect(Number(inits)).toBe(1);
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
