import { onMachine } from "../../rack/cli/operator";
import type { Outcome } from "../probe/outcome";
import { probingThroughout } from "../probe/probing";
import { rackplane } from "../rack";
import type { KindCase } from "./kinds";
import { withStackFile } from "./stack-edit";

/** The machines that join the three of `rack-balancers`. */
export const MORE = ["balancers-cp-3", "balancers-cp-4"];
const grown = (text: string) =>
  text.replace(/^( *)(- \{ name: balancers-cp-2,.*)$/m, (line, space: string) =>
    [line, ...MORE.map((name, i) => `${space}- { name: ${name}, address: 10.71.0.${56 + i} }`)].join("\n"),
  );

/** Process ids of the balancer's first process on each machine: a reload keeps it, a restart does not. */
export const masters = (kind: KindCase) =>
  Promise.all(
    kind.balancers.map(machine =>
      onMachine(machine, ["systemctl", "show", "-p", "MainPID", "rackplane-haproxy", "rackplane-keepalived"]),
    ),
  );
/** The cluster with {@link MORE}. */
export const grownKind = (kind: KindCase): KindCase => ({ ...kind, controlPlane: [...kind.controlPlane, ...MORE] });

/** What one growth took, and what the endpoint's clients saw of it. */
export interface Growth {
  readonly up: Awaited<ReturnType<typeof rackplane>>;
  readonly outcome: Outcome;
}

/**
 * Grows the control plane from three machines to five while the endpoint is asked; `look` runs while the stack's file
 * still names all five.
 */
export async function growing(kind: KindCase, look: (growth: Growth) => Promise<void>): Promise<void> {
  await withStackFile(kind.stack, grown, async () => {
    let up: Growth["up"] | undefined;
    const outcome = await probingThroughout(async () => {
      up = await rackplane("up", "--stack", kind.stack);
      if (up.code !== 0) throw new Error(up.output.slice(-4000));
    });
    if (up !== undefined) await look({ up, outcome });
  });
}
