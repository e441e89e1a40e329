import * as fs from "node:fs";
import * as path from "node:path";
import { output } from "../command";
import { installPlugins } from "../plugins/home";
import { cacheDir } from "../topology";
import { PULUMI } from "./pulumi-program";
import { readStackFile, type StackFile } from "./stack-file";

/**
 * Makes a stack in the state below `home` if it is new, and returns the configuration file to run it
 * with: a copy of the committed stack file plus the salt of this state's encryption.
 *
 * Pulumi writes that salt into the project's own stack file, which is no business of git's; so the
 * stack is made from a folder that has the project's name and nothing else.
 *
 * @param complete the text with what a committed file cannot say: the keys of machines that were made since
 * @param plugins which plugins it runs with; the real ones where nothing is said
 * @throws Error naming the stack files there are, when the stack has none.
 */
export async function ensureStack(
  stack: string,
  home: string,
  env: NodeJS.ProcessEnv,
  complete: (file: StackFile) => string,
  plugins: Parameters<typeof installPlugins>[2] = {},
): Promise<string> {
  const text = complete(readStackFile(stack));
  const folder = path.join(home, "project");
  const salted = path.join(folder, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(salted)) {
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    fs.mkdirSync(path.join(home, "state"), { recursive: true, mode: 0o700 });
    fs.writeFileSync(path.join(folder, "Pulumi.yaml"), "name: rackplane\nruntime: nodejs\n");
    await output([PULUMI(), "--cwd", folder, "--non-interactive", "stack", "init", stack], { env });
  }
  // Where the CLI looks first; from PATH it would take them too, with a warning for each at every run.
  installPlugins(path.join(cacheDir(), "bin"), path.join(home, "home"), plugins);
  const salt = /^encryptionsalt:.*$/m.exec(fs.readFileSync(salted, "utf8"))?.[0] ?? "";
  const config = path.join(home, `Pulumi.${stack}.yaml`);
  fs.writeFileSync(config, `${salt}\n${text}`, { mode: 0o600 });
  return config;
}
