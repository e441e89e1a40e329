import { expect, test } from "vitest";
import { onMachine } from "../../cli/operator";
import { figure } from "../../../bench/rack";
import type { KindCase } from "../../../bench/scenarios/kinds";

/** Longer than the timeouts that balancers come with (HAProxy's examples: 20 s, the source document's nginx: 3 s). */
const SILENT_SECONDS = 35;

/** A balancer that takes silence for an end would cut every controller off, again and again. */
export function watchesLast(kind: KindCase): void {
  test("leads to every API server, and leaves a silent watch alone", async () => {
    const [member = ""] = kind.controlPlane;
    const answer = await onMachine(member, ["/opt/rackplane/bin/rackplane", "check-endpoint", String(SILENT_SECONDS)]);
    figure(`${kind.name}: endpoint checked`, answer);
    expect(answer).toMatch(/ leads to all 3 API servers and left a silent watch alone for \d+ s$/);
  });
}
