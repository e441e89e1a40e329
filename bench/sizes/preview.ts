import * as fs from "node:fs";
import * as path from "node:path";
import { REPOSITORY } from "../../rack/cli/paths";
import { clusterOverSsh } from "./clusters";
import { writeKey } from "./keys";
import { workspace, type Workspace } from "./workspace";

/** What previewing many machines takes, and what the engine alone takes for as many resources. */
export interface PreviewFigures {
  readonly machines: number;
  readonly resources: number;
  /** Medians. */
  readonly seconds: number;
  readonly engineSeconds: number;
  readonly ratio: number;
}

const CONTROL_PLANE = 3;

export async function measurePreview({ machines = 200, runs = 3 } = {}): Promise<PreviewFigures> {
  const at = await workspace();
  try {
    const text = clusterOverSsh({
      controlPlane: CONTROL_PLANE,
      workers: machines - CONTROL_PLANE,
      privateKeyPath: writeKey(at.file("key")),
    });
    const cluster = () => at.pulumi("cluster", "preview", { text });
    // The first run also warms the file system's and the loader's caches, for both.
    const resources = planned((await cluster()).output);
    const program = trivialProgram(at, resources);
    const engine = () => at.pulumi("trivial", "preview", { text: "", program });
    const alone = planned((await engine()).output);
    if (alone !== resources)
      throw new Error(`the trivial program plans ${alone} resources, expected ${resources} as the cluster`);
    const [mine, others]: [number[], number[]] = [[], []];
    for (let i = 0; i < runs; i++) {
      // The two take turns, so that other load on the host affects both.
      mine.push((await cluster()).seconds);
      others.push((await engine()).seconds);
    }
    const [seconds, engineSeconds] = [median(mine), median(others)];
    return { machines, resources, seconds, engineSeconds, ratio: seconds / engineSeconds };
  } finally {
    at.remove();
  }
}

export const describePreview = ({ machines, resources, seconds, engineSeconds, ratio }: PreviewFigures): string =>
  [
    `preview of ${machines} machines, ${resources} resources: ${seconds.toFixed(1)} s`,
    `the engine alone, as many resources: ${engineSeconds.toFixed(1)} s`,
    `ratio: ${ratio.toFixed(2)}`,
  ].join("\n");

/** Resources that a preview of a new stack would create, the stack itself included. */
function planned(output: string): number {
  const found = /\+ (\d+) to create/.exec(output)?.[1];
  if (found === undefined) throw new Error(`a preview that says how much it would create was expected:\n${output}`);
  return Number(found);
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;

/** A program that does nothing but register commands: the stack, one component and the rest below it. */
export function trivialProgram(at: Workspace, resources: number): string {
  const folder = at.file("trivial");
  fs.mkdirSync(folder);
  fs.symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(folder, "node_modules"));
  fs.writeFileSync(path.join(folder, "package.json"), "{}");
  fs.writeFileSync(
    path.join(folder, "Pulumi.yaml"),
    "name: rackplane\nmain: index.js\nruntime: { name: nodejs, options: { typescript: false } }\n",
  );
  fs.writeFileSync(
    path.join(folder, "index.js"),
    `const pulumi = require("@pulumi/pulumi");
const { remote } = require("@pulumi/command");
const parent = new pulumi.ComponentResource("bench:index:Trivial", "trivial");
for (let i = 0; i < ${resources - 2}; i++)
  new remote.Command(\`command-\${i}\`, { connection: { host: "192.0.2.1" }, create: "true" }, { parent });
`,
  );
  return folder;
}
