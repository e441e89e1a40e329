import * as pulumi from "@pulumi/pulumi";
import { gate } from "../machines/gate";
import type { PreparedMachine } from "../machines/machine";
import type { MembershipContext } from "./grant";

/** The control plane once it is whole. */
export interface WholeControlPlane {
  readonly gate: pulumi.Resource;
  /** Its machines, whose addresses and host keys have passed the gate. */
  readonly members: readonly PreparedMachine[];
}

/** What passes the gate of each machine. */
type Passed = Readonly<Record<"address" | "sshHost" | "hostKey", string>>;

/**
 * The gate `<cluster>-members` behind the last member, `last`. What workers have to know of the members passes it. Each
 * worker would otherwise depend on the device, the preparation and the address of every member, twice over, and the
 * state names each of these dependencies.
 */
export function wholeControlPlane(
  cluster: MembershipContext,
  { controlPlane, last }: { controlPlane: readonly PreparedMachine[]; last: pulumi.Resource },
): WholeControlPlane {
  const known = controlPlane.map(({ address, sshHost, hostKey }) =>
    pulumi
      .all([address, sshHost, hostKey])
      .apply(([address, sshHost, hostKey]): Passed => ({ address, sshHost, hostKey })),
  );
  const members = gate(cluster, {
    name: "members",
    behind: [last],
    passed: pulumi.all(known).apply(all => JSON.stringify(all)),
  });
  const passed = members.stdin.apply(text => JSON.parse(text ?? "[]") as Passed[]);
  const of = (i: number, field: keyof Passed) => passed.apply(all => all[i]?.[field] ?? "");
  return {
    gate: members,
    members: controlPlane.map((machine, i) => ({
      ...machine,
      address: of(i, "address"),
      sshHost: of(i, "sshHost"),
      hostKey: of(i, "hostKey"),
    })),
  };
}
