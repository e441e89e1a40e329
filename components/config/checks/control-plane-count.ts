import type { ClusterSections } from "../schema";
import { capabilitiesOf, type MachinesReading } from "../machines/machine-kinds";
import { countProblem } from "../values/member-count";
import { describe, problem, type Problem } from "../values/problems";
import type { Reading } from "../values/section";

/** Where machines are rented and the configuration does not say how many. */
const USUAL_COUNT = 3;

/** How many control-plane machines there are to be: the hosts that are named, else `controlPlane.count`. */
export function controlPlaneCount(
  { partial, says }: Reading<ClusterSections>,
  machines: MachinesReading,
): { count?: number; problems: Problem[] } {
  const count = partial.controlPlane?.count;
  const given = says("controlPlane", "count");
  if (capabilitiesOf(machines)?.rents !== false) return { count: given ? count : USUAL_COUNT, problems: [] };
  const hosts = "hosts" in machines.partial ? (machines.partial.hosts?.length ?? 0) : 0;
  if (hosts === 0) return { problems: [] };
  if (count !== undefined && count !== hosts) {
    return {
      problems: [
        problem(
          ["controlPlane", "count"],
          `found ${describe(count)}, expected ${hosts}, as many as machines.hosts; leave it out`,
        ),
      ],
    };
  }
  const reason = given ? undefined : countProblem(hosts);
  return reason === undefined ? { count: hosts, problems: [] } : { problems: [problem(["machines", "hosts"], reason)] };
}
