import { checks, runCheck } from "../../cli/check";
import { sumOf, type Suite } from "../suite";
import { folder, plain } from "./row";

/** The repository itself, and the core that every change runs. */
export const REPOSITORY: readonly Suite[] = [
  {
    name: "check",
    shows: "types, lint and form of every file",
    minutes: 1,
    needs: "node",
    core: true,
    covers: [],
    run: async () => {
      const results = [];
      for (const check of checks()) results.push(await runCheck(check));
      return sumOf(results);
    },
  },
  plain({
    name: "unit",
    shows: "pure functions, resource graphs, golden files, how members join and grants are received",
    minutes: 1,
    core: true,
    covers: [],
  }),
  plain({
    name: "node",
    shows: "the on-node program: boots, formations, edits, what is refused and taken back",
    minutes: 1.5,
    core: true,
    covers: [],
  }),
  folder({
    name: "core",
    shows:
      "the stack rack comes up, again without a change, outlives faults, a replaced machine and killed runs, leaks no secret and leaves nothing; one VRRP stack comes up and outlives a power-off",
    minutes: 14,
    needs: "root",
    core: true,
    covers: [],
  }),
  plain({
    name: "long",
    shows: "the announcer over time, a crash of membership at every place, additions to the tables",
    minutes: 11,
    core: false,
    covers: ["cloud-init", "components", "test", "rack/plugins"],
  }),
  folder({
    name: "sizes",
    shows: "user data, state and the time of a preview keep their bounds",
    minutes: 1.5,
    needs: "root",
    core: false,
    covers: ["cloud-init", "components", "bench/sizes", "examples"],
  }),
  folder({
    name: "previews",
    shows: "every example is previewed offline by the real CLI, the first within four seconds",
    minutes: 1,
    open: "a first preview took 3.7 to 4.3 s in its last runs, wanted are 4; why is not known yet",
    needs: "root",
    core: false,
    covers: ["examples", "components", "index.ts", "Pulumi.yaml", "rack/plugins", "rack/cli"],
  }),
  folder({
    name: "library",
    shows: "the packed library works in another program",
    minutes: 0.5,
    needs: "node",
    core: false,
    covers: ["package.json", "components/index.ts", "tsconfig"],
  }),
];
