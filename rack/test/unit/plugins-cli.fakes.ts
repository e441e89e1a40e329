import { execFile } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { pulumiEnvironment } from "../../cli/pulumi";
import { buildPlugins } from "../../plugins/build";
import { installPlugins } from "../../plugins/home";
import { cacheDir } from "../../topology";

const CLI = path.join(cacheDir(), "bin", "pulumi");

/** Whether there is a real CLI to ask; who skips for want of it says so. */
export function cliIsBuilt(test: string): boolean {
  const built = fs.existsSync(CLI);
  if (!built) process.stderr.write(`${test}: skipped, because ${CLI} is not built yet\n`);
  return built;
}

/** The real Kubernetes plugin; undefined where the rack has not built it. */
export function kubernetesPlugin(): string | undefined {
  const plugin = path.join(path.dirname(CLI), "pulumi-resource-kubernetes");
  return fs.existsSync(plugin) ? plugin : undefined;
}

const PROJECT = `name: plugins
main: index.ts
runtime:
  name: nodejs
  options: { typescript: false, nodeargs: "--require tsx/cjs" }
config:
  who: { type: string, default: world }
`;

/** A program of its own in a folder of its own, with a state of its own. */
export interface CliProject {
  /** A file's path in the project. */
  file(name: string): string;
  /** Makes this the program. */
  program(text: string): void;
  /** Runs the real CLI on it, with this rack's plugins, and returns what it prints; a failure tells that too. */
  pulumi(...args: string[]): Promise<string>;
  remove(): void;
}

/** Its stack is called `test`. */
export async function cliProject(): Promise<CliProject> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "plugins-engine-"));
  const file = (name: string) => path.join(directory, name);
  fs.symlinkSync(path.resolve(__dirname, "../../../node_modules"), file("node_modules"));
  fs.writeFileSync(file("package.json"), "{}");
  fs.writeFileSync(file("Pulumi.yaml"), PROJECT);
  fs.mkdirSync(file("state"));
  // The rack's own plugins are taken over; buildPlugins makes them anew when these sources are others.
  for (const made of fs
    .readdirSync(path.dirname(CLI))
    .filter(name => /^plugins|^pulumi-(language-nodejs|resource-command|kubernetes-without-cluster)$/.test(name)))
    fs.cpSync(path.join(path.dirname(CLI), made), path.join(file("bin"), made), { recursive: true });
  await buildPlugins(file("bin"));
  const kubernetes = kubernetesPlugin();
  if (kubernetes !== undefined) fs.symlinkSync(kubernetes, path.join(file("bin"), path.basename(kubernetes)));
  installPlugins(file("bin"), file("home"));
  const env = {
    ...pulumiEnvironment(directory),
    PATH: `${file("bin")}:${path.dirname(CLI)}:${process.env.PATH}`,
    HOME: directory,
    PULUMI_CONFIG_PASSPHRASE: "x",
  };
  const project: CliProject = {
    file,
    program: text => fs.writeFileSync(file("index.ts"), text),
    async pulumi(...args) {
      const run = promisify(execFile)(CLI, [...args, "--non-interactive", "--color=never"], { cwd: directory, env });
      const { stdout } = await run.catch((error: Error & { stdout?: string }) => {
        throw new Error(`pulumi ${args.join(" ")}: ${error.message}\n${error.stdout}`);
      });
      return stdout;
    },
    remove: () => fs.rmSync(directory, { recursive: true, force: true }),
  };
  await project.pulumi("stack", "init", "test");
  return project;
}
