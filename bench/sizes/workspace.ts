import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { REPOSITORY } from "../../rack/cli/paths";
import { pulumiEnvironment } from "../../rack/cli/pulumi";
import { PULUMI } from "../../rack/cli/pulumi-program";
import { buildPlugin } from "../../rack/plugins/build";
import { installPlugins, WITHOUT_CLUSTER } from "../../rack/plugins/home";

/** A throw-away home of the real CLI, in which plugins answer at once and nothing is dialled. */
export interface Workspace {
  /** A file's path in it. */
  file(name: string): string;
  /**
   * Runs `pulumi VERB` on a program (this repository's, unless another folder is named) with a stack file's text, and
   * returns what it prints. @throws Error with what it printed, when it fails
   */
  pulumi(stack: string, verb: "preview" | "up", options: RunOptions): Promise<{ output: string; seconds: number }>;
  /** `pulumi stack rename`. */
  rename(stack: string, to: string): Promise<unknown>;
  /** The stack's checkpoint as the file backend keeps it. */
  checkpoint(stack: string): string;
  remove(): void;
}

export interface RunOptions {
  readonly text: string;
  readonly program?: string;
  /** For node in the language host and below it. */
  readonly nodeOptions?: string;
}

/** The project of every stack here: its name is the namespace of the configuration. */
const PROJECT = "rackplane";

export async function workspace(): Promise<Workspace> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-sizes-"));
  const file = (name: string) => path.join(directory, name);
  for (const name of ["command", "equinix-metal"])
    await buildPlugin(file("bin"), `pulumi-resource-${name}`, path.join(__dirname, "canned", `${name}.ts`));
  await buildPlugin(file("bin"), WITHOUT_CLUSTER, "without-cluster.ts");
  installPlugins(file("bin"), file("home"), { kubernetes: WITHOUT_CLUSTER });
  fs.mkdirSync(file("state"));
  fs.mkdirSync(file("project"));
  fs.writeFileSync(file("project/Pulumi.yaml"), `name: ${PROJECT}\nruntime: nodejs\n`);
  const env = {
    ...pulumiEnvironment(directory),
    PULUMI_CONFIG_PASSPHRASE: "canned",
    METAL_AUTH_TOKEN: "canned",
    // One write of the state at the end instead of one a resource: the same file, in a tenth of the time.
    PULUMI_EXPERIMENTAL: "true",
    PULUMI_SKIP_CHECKPOINTS: "true",
  };
  const run = async (args: readonly string[], nodeOptions?: string) => {
    const child = await execa(PULUMI(), ["--non-interactive", "--color=never", ...args], {
      env: nodeOptions === undefined ? env : { ...env, NODE_OPTIONS: nodeOptions },
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
    });
    if (child.exitCode === 0) return child.all ?? "";
    throw new Error(`pulumi ${args.join(" ")}: exit code ${child.exitCode}\n${(child.all ?? "").slice(-4000)}`);
  };
  return {
    file,
    async pulumi(stack, verb, { text, program = REPOSITORY, nodeOptions }) {
      const salted = file(`project/Pulumi.${stack}.yaml`);
      if (!fs.existsSync(salted)) await run(["--cwd", file("project"), "stack", "init", stack]);
      const salt = /^encryptionsalt:.*$/m.exec(fs.readFileSync(salted, "utf8"))?.[0] ?? "";
      const config = file(`${stack}.yaml`);
      fs.writeFileSync(config, `${salt}\n${text}`);
      const begin = process.hrtime.bigint();
      const how = verb === "up" ? ["--yes", "--skip-preview"] : [];
      const args = ["--cwd", program, verb, ...how, "--stack", stack, "--config-file", config];
      const output = await run(args, nodeOptions);
      return { output, seconds: Number(process.hrtime.bigint() - begin) / 1e9 };
    },
    rename: (stack, to) => run(["--cwd", file("project"), "stack", "rename", to, "--stack", stack]),
    checkpoint: stack => file(`state/.pulumi/stacks/${PROJECT}/${stack}.json`),
    remove: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
}
