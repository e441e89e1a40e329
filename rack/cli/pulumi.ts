import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { cacheDir, NETNS, STATE_DIR } from "../topology";
import { RACK_CA, secretFile } from "../setup/certificates";
import { randomWord } from "../setup/random";
import { run } from "../setup/run";
import { REPOSITORY } from "./paths";

const HOME = path.join(STATE_DIR, "pulumi");

/** What every `pulumi` of the rack runs with: its own state, its own plugins, no question to the internet. */
export function pulumiEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    PATH: `${path.join(cacheDir(), "plugins")}:${path.join(cacheDir(), "bin")}:${process.env.PATH ?? ""}`,
    HOME: process.env.HOME,
    LANG: "C.UTF-8",
    TERM: process.env.TERM ?? "dumb",
    PULUMI_HOME: path.join(home, "home"),
    PULUMI_BACKEND_URL: `file://${path.join(home, "state")}`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Found on PATH by design; the warning about it says nothing new.
    PULUMI_IGNORE_AMBIENT_PLUGINS: undefined,
  };
}

function rackEnvironment(): NodeJS.ProcessEnv {
  return {
    ...pulumiEnvironment(HOME),
    PULUMI_CONFIG_PASSPHRASE_FILE: secretFile("passphrase", randomWord),
    METAL_AUTH_TOKEN: fs.readFileSync(secretFile("metal-token", randomWord), "utf8"),
    SSL_CERT_FILE: RACK_CA,
  };
}

/** A copy of the stack's committed file: Pulumi writes the state's salt into it, which is no business of git's. */
const configFile = (stack: string) => path.join(HOME, `Pulumi.${stack}.yaml`);

const inOps = (argv: readonly string[]) => ["netns", "exec", NETNS.ops, ...argv];

/** Arguments for `ip` that run `pulumi` in the operator's namespace on a stack. */
function command(stack: string, args: readonly string[]): string[] {
  return inOps(["pulumi", "--cwd", REPOSITORY, "--non-interactive", ...args, "--stack", stack,
    ...(NEEDS_CONFIG.has(args[0] ?? "") ? ["--config-file", configFile(stack)] : [])]);
}
const NEEDS_CONFIG = new Set(["up", "preview", "refresh", "destroy", "config"]);

/** Runs `pulumi` on a stack of the rack with its output on screen; returns its exit status. */
export async function pulumi(stack: string, args: readonly string[]): Promise<number> {
  const child = await execa("ip", command(stack, args), {
    env: rackEnvironment(), extendEnv: false, stdio: ["ignore", "inherit", "inherit"], reject: false,
  });
  return child.exitCode ?? 1;
}

/** The same, for its output. */
export const pulumiOutput = (stack: string, args: readonly string[]): Promise<string> =>
  run("ip", command(stack, args), { env: rackEnvironment(), extendEnv: false });

/**
 * The stack, made if it is new.
 *
 * @throws Error naming the stack files there are, when the stack has none.
 */
export async function selectStack(stack: string): Promise<void> {
  fs.mkdirSync(path.join(HOME, "state"), { recursive: true, mode: 0o700 });
  const committed = path.join(REPOSITORY, `Pulumi.${stack}.yaml`);
  if (!fs.existsSync(committed)) {
    const known = fs.readdirSync(REPOSITORY).flatMap(f => /^Pulumi\.(rack.*)\.yaml$/.exec(f)?.[1] ?? []);
    throw new Error(`--stack ${stack}: found no Pulumi.${stack}.yaml, expected one of: ${known.join(", ")}`);
  }
  const own = configFile(stack);
  const salt = fs.existsSync(own) ? /^encryptionsalt:.*$/m.exec(fs.readFileSync(own, "utf8"))?.[0] : undefined;
  fs.writeFileSync(own, `${salt ? `${salt}\n` : ""}${fs.readFileSync(committed, "utf8")}`, { mode: 0o600 });
  if (salt === undefined) {
    await run("ip", inOps(["pulumi", "--cwd", REPOSITORY, "--non-interactive", "stack", "init", stack,
      "--config-file", own]), { env: rackEnvironment(), extendEnv: false });
  }
}
