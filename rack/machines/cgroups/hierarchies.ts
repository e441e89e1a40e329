/** One mounted cgroup hierarchy and where a process sits in it. */
export interface Hierarchy {
  /** Its controllers as the kernel writes them, e.g. `memory` or `cpu,cpuacct`; `name=systemd`; empty for version 2. */
  readonly controllers: string;
  readonly mount: string;
  /** Path of the calling process in it, seen from the mount. */
  readonly own: string;
}

/**
 * Reads where the hierarchies are mounted and where a process sits: pure.
 *
 * @param mountinfo text of /proc/self/mountinfo
 * @param cgroup text of /proc/self/cgroup
 */
export function parseHierarchies(mountinfo: string, cgroup: string): Hierarchy[] {
  const mounts = new Map<string, string>();
  for (const line of mountinfo.split("\n")) {
    const [left, right] = line.split(" - ");
    const [, , , , mount] = (left ?? "").split(" ");
    const [type, , options] = (right ?? "").split(" ");
    if (mount === undefined || options === undefined) continue;
    if (type === "cgroup2") mounts.set("", mount);
    if (type === "cgroup") mounts.set(options.split(",").sort().join(","), mount);
  }
  return cgroup
    .trim()
    .split("\n")
    .flatMap(line => {
      const [, controllers = "", own = "/"] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
      const found = [...mounts].find(([options]) => matches(options, controllers));
      return found ? [{ controllers, mount: found[1], own }] : [];
    });
}

function matches(options: string, controllers: string): boolean {
  if (controllers === "" || options === "") return controllers === options;
  const has = options.split(",");
  return controllers.split(",").every(one => has.includes(one));
}
