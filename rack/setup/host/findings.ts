/** What of a host matters to the rack, as it was found. */
export interface HostFacts {
  readonly root: boolean;
  /** `process.version` without the v. */
  readonly node: string;
  /** Version of the Go on PATH; undefined where there is none. */
  readonly go: string | undefined;
  /** Version that the modules of rack/tools ask for. */
  readonly goNeeded: string;
  readonly aptGet: boolean;
  /** The tools were built here before. */
  readonly built: boolean;
  readonly memoryMiB: number;
  /** Space for ordinary files, by the folder that the rack writes to. */
  readonly freeMiB: Readonly<Record<string, number>>;
  /** What the kernel refused to a throw-away namespace: its own words, by what was tried. */
  readonly refused: Readonly<Record<string, string>>;
  /** What is wrong with its cgroups; undefined where a machine can have its own. */
  readonly cgroups: string | undefined;
}

/** Three control planes take 1.1 GB resident, the builds of Kubernetes 3 GB (measured on Debian 12, Go 1.26). */
const MEMORY_MIB = 6000;
/** Tools and images take 4 GB, builds of Go 6 GB beside them, three machines 1.2 GB. */
const FREE_MIB = { first: 12_000, later: 3000 };
const NODE_MAJOR = 20;
/** From this version on Go fetches the one that a module asks for (go.dev/doc/toolchain). */
const GO_THAT_FETCHES = "1.21";

/** Everything that keeps a rack from coming up on this host, each with what was found, expected, and what to do. Pure. */
export function hostFindings(host: HostFacts): string[] {
  const findings: string[] = [];
  const expect = (well: boolean, words: string) => {
    if (!well) findings.push(words);
  };
  expect(host.root, "user: found an ordinary one, expected root: machines are namespaces; run it with sudo");
  expect(
    Number(host.node.split(".")[0]) >= NODE_MAJOR,
    `node: found ${host.node}, expected ${NODE_MAJOR} or later; install it from nodejs.org or your distribution`,
  );
  expect(
    host.go !== undefined && !isOlder(host.go, GO_THAT_FETCHES),
    `go: found ${host.go ?? "none on PATH"}, expected ${host.goNeeded}, or ${GO_THAT_FETCHES} and later, which fetches it: Kubernetes, etcd and Pulumi are built from their modules; install it from go.dev`,
  );
  expect(
    host.aptGet,
    "apt-get: found none, expected Debian 12 or later, or a distribution made from it: the machines' image and the switches are Debian's packages",
  );
  expect(
    host.memoryMiB >= MEMORY_MIB,
    `memory: found ${host.memoryMiB} MiB, expected ${MEMORY_MIB}; end what else runs, or take a larger host`,
  );
  const needed = host.built ? FREE_MIB.later : FREE_MIB.first;
  for (const [folder, free] of Object.entries(host.freeMiB))
    expect(
      free >= needed,
      `disk: found ${free} MiB free at ${folder}, expected ${needed}; make room, or name another folder in RACKPLANE_CACHE`,
    );
  for (const [what, words] of Object.entries(host.refused))
    findings.push(
      `kernel: ${what} was refused (${words}), expected a kernel as Debian's, outside of a container; load its module, or use a host or virtual machine of your own`,
    );
  if (host.cgroups !== undefined) findings.push(host.cgroups);
  return findings;
}

/** Whether a version such as 1.25.3 comes before another. */
export function isOlder(one: string, other: string): boolean {
  const [a, b] = [one, other].map(text => text.split(".").map(Number));
  for (const i of [0, 1, 2]) {
    const [x = 0, y = 0] = [a?.[i], b?.[i]];
    if (x !== y) return x < y;
  }
  return false;
}
