import type * as metal from "@pulumi/equinix-metal";
import * as pulumi from "@pulumi/pulumi";
import type { ServersSpec } from "../../config/machines/equinix-servers";

/** A device, and what a new one in its place would be. */
export interface Rented {
  /** Host name at generation 0, by which `generations` names the machine. */
  readonly first: string;
  readonly hostname: string;
  readonly generation: number;
  readonly device: Pick<metal.Device, "plan" | "operatingSystem" | "userData">;
  readonly userData: pulumi.Output<string>;
}

/**
 * Names the devices that keep what the configuration says otherwise by now: an edit replaces no machine, so a person has
 * to be told how to ask for it. A device that is still to be made has nothing to keep. The result is known once all has
 * been told.
 */
export function tellKept(
  servers: Pick<ServersSpec, "plan" | "operatingSystem">,
  rented: readonly Rented[],
  parent: pulumi.Resource,
): pulumi.Output<unknown> {
  const each = rented.map(({ first, hostname, generation, device }) =>
    pulumi.all([device.plan, device.operatingSystem]).apply(([plan, operatingSystem]) => {
      const words = kept({ first, hostname, generation }, { plan, operatingSystem }, servers);
      if (words !== undefined) void pulumi.log.warn(words, parent);
    }),
  );
  // Everything in it that counts for a machine that runs comes with its grant, so this is no warning, and no `up` is told.
  if (!pulumi.runtime.isDryRun()) return pulumi.all(each);
  const together = pulumi
    .all(rented.map(({ device, userData }) => pulumi.all([device.userData, userData])))
    .apply(pairs => {
      const words = booted(rented.filter((_, i) => pairs[i]?.[0] !== undefined && pairs[i][0] !== pairs[i][1]));
      if (words !== undefined) void pulumi.log.info(words, parent);
    });
  return pulumi.all([...each, together]);
}

type Named = Pick<Rented, "first" | "hostname" | "generation">;
type Kept = Readonly<Record<"plan" | "operatingSystem", string>>;

/** What is told of a machine that is another one than the configuration says; undefined of any other. */
export function kept({ first, hostname, generation }: Named, runs: Kept, wanted: Kept): string | undefined {
  const differs = (["plan", "operatingSystem"] as const)
    .filter(setting => runs[setting] !== wanted[setting])
    .map(setting => `${setting} ${runs[setting]}, where the configuration says ${wanted[setting]}`);
  return differs.length === 0
    ? undefined
    : `${hostname} has ${differs.join(" and ")}; a machine that runs keeps its own. ${replacing([{ first, generation }])}`;
}

/** What is told of machines that booted with other user data than a new one would; undefined of none. */
export function booted(rented: readonly Named[]): string | undefined {
  if (rented.length === 0) return undefined;
  const names = rented.map(({ hostname }) => hostname);
  const shown = [
    ...names.slice(0, MOST),
    ...(names.length > MOST ? [`${names.length - MOST} more machines`] : []),
  ].join(", ");
  return `${shown} booted with other user data than a new machine would. Nothing has to be done: what differs came with ${rented.length === 1 ? "its grant" : "their grants"}. ${replacing(rented)}`;
}

/** Machines that a sentence names. */
const MOST = 5;

function replacing(rented: readonly Pick<Named, "first" | "generation">[]): string {
  const highest = Math.max(...rented.map(({ generation }) => generation));
  const whom = rented.length === 1 ? "it" : "them";
  if (rented.length > MOST)
    return `To have every machine of the cluster replaced in the next 'pulumi up', set rackplane:generation to ${highest + 1}`;
  const next = Object.fromEntries(rented.map(({ first, generation }) => [first, generation + 1]));
  return `To have ${whom} replaced in the next 'pulumi up', set rackplane:generations to ${JSON.stringify(next)}`;
}
