import * as fs from "node:fs";
import * as path from "node:path";
import { words } from "./controllers";
import { parseHierarchies, type Hierarchy } from "./hierarchies";
import { NEEDED_V1, v1 } from "./v1";
import { NEEDED_V2, v2 } from "./v2";
import type { Cgroups } from "./version";

/**
 * The version of cgroups that the rack uses: 1 where controllers are mounted as its hierarchies, else 2. A host that
 * mounts both (systemd's "hybrid") has its controllers in version 1.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param cgroup text of /proc/self/cgroup
 * @param stateDir where a host's changes are noted that are to be taken back; the rack's own by default
 * @throws Error naming all controllers that are missing, what was found, and what to do
 */
export function chosen(mountinfo: string, cgroup: string, stateDir?: string): Cgroups {
  const hierarchies = parseHierarchies(mountinfo, cgroup);
  const withControllers = hierarchies.filter(
    ({ controllers }) => controllers !== "" && !controllers.startsWith("name="),
  );
  const unified = hierarchies.find(({ controllers }) => controllers === "");
  if (withControllers.length > 0) {
    refuseMissing(
      1,
      NEEDED_V1,
      withControllers.flatMap(({ controllers }) => controllers.split(",")),
    );
    return v1(hierarchies);
  }
  if (unified === undefined)
    throw new Error(
      "cgroups: found none mounted, expected version 2 at /sys/fs/cgroup (or version 1 with its controllers below it); " +
        "mount them: mount -t cgroup2 cgroup2 /sys/fs/cgroup",
    );
  refuseMissing(2, NEEDED_V2, controllersOf(unified), unified.mount);
  return v2(unified, stateDir);
}

const controllersOf = ({ mount }: Hierarchy): string[] => {
  const file = path.join(mount, "cgroup.controllers");
  return fs.existsSync(file) ? words(file) : [];
};

function refuseMissing(version: 1 | 2, needed: readonly string[], found: readonly string[], mount?: string): void {
  const missing = needed.filter(one => !found.includes(one));
  if (missing.length === 0) return;
  const what = `cgroups, version ${version}: found the controllers ${found.join(", ") || "(none)"}, expected also ${missing.join(", ")}`;
  throw new Error(
    version === 1
      ? `${what}. Mount them below /sys/fs/cgroup, or give the host version 2 (kernel parameter systemd.unified_cgroup_hierarchy=1)`
      : `${what} in ${mount}/cgroup.controllers. A kernel parameter cgroup_disable= or cgroup_no_v1= may hold them back ` +
        "(cgroup_enable=memory brings back memory); in a container, the host has to hand them down to it",
  );
}
