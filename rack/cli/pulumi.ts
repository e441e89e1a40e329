import execa from "execa";
import * as path from "node:path";
import { output } from "../command";
import { rackState } from "../daemon/client";
import { joinRackCgroup } from "../machines/cgroups";
import { RACK_CA } from "../setup/certificates";
import { readSecret, secretFile } from "../setup/secrets";
import { signingKeySha256, withKeyPin } from "./key-pin";
import { inOps } from "./operator";
import { pulumiHome, REPOSITORY } from "./paths";
import { PULUMI } from "./pulumi-program";
import { ensureStack } from "./stack";
import { readStackFile, withHostKeys } from "./stack-file";
import { stackSecrets } from "./stack-secrets";

/** What every `pulumi` of the rack runs with: its own state, its own plugins, no question to the internet. */
export function pulumiEnvironment(home: string): NodeJS.ProcessEnv {
  return {
    // Without the cache: the CLI warns about every plugin that it finds on PATH.
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    LANG: "C.UTF-8",
    TERM: process.env.TERM ?? "dumb",
    PULUMI_HOME: path.join(home, "home"),
    // Without the files of attributes beside those of the state: one that a killed `up` leaves empty makes the state
    // unreadable ("failed to load checkpoint: EOF"; pkg/backend/diy of Pulumi 3.274.1, gocloud.dev/blob/fileblob).
    PULUMI_BACKEND_URL: `file://${path.join(home, "state")}?metadata=skip`,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
  };
}

function rackEnvironment(): NodeJS.ProcessEnv {
  return {
    ...pulumiEnvironment(pulumiHome()),
    PULUMI_CONFIG_PASSPHRASE_FILE: secretFile("passphrase"),
    METAL_AUTH_TOKEN: readSecret("metal-token"),
    SSL_CERT_FILE: RACK_CA,
  };
}

/** The stack file of this rack: the committed one with its secrets, encrypted. */
export const configFile = (stack: string) => path.join(pulumiHome(), `Pulumi.${stack}.yaml`);

/** Arguments for `ip` that run `pulumi` in the operator's namespace on a stack. */
function command(stack: string, args: readonly string[]): string[] {
  return inOps([
    PULUMI(),
    "--cwd",
    REPOSITORY,
    "--non-interactive",
    ...args,
    "--stack",
    stack,
    ...(NEEDS_CONFIG.has(args[0] ?? "") ? ["--config-file", configFile(stack)] : []),
  ]);
}
const NEEDS_CONFIG = new Set(["up", "preview", "refresh", "destroy", "config"]);

/** Runs `pulumi` on a stack of the rack with its output on screen; returns its exit status. */
export async function pulumi(stack: string, args: readonly string[]): Promise<number> {
  const child = execa("ip", command(stack, args), {
    env: rackEnvironment(),
    extendEnv: false,
    stdio: ["ignore", "inherit", "inherit"],
    reject: false,
  });
  // Plugins outlive a killed `pulumi`; counted to the rack, they go with it.
  if (child.pid !== undefined) joinRackCgroup(child.pid);
  return (await child).exitCode ?? 1;
}

/** The same, for its output. */
export const pulumiOutput = (stack: string, args: readonly string[]): Promise<string> =>
  output(["ip", ...command(stack, args)], { env: rackEnvironment() });

/** Makes the stack ready to be worked on; see ensureStack. Machines that exist are there by now. */
export async function selectStack(stack: string): Promise<void> {
  const file = readStackFile(stack);
  const keys = file.hosts.length === 0 ? undefined : await hostKeys();
  await ensureStack(stack, pulumiHome(), rackEnvironment(), () =>
    withKeyPin(keys === undefined ? file.text : withHostKeys(file, keys), signingKeySha256()),
  );
  for (const { path, secret } of stackSecrets(stack, file)) {
    await output(["ip", ...command(stack, ["config", "set", "--secret", "--path", path])], {
      env: rackEnvironment(),
      input: readSecret(secret),
    });
  }
}

async function hostKeys(): Promise<Map<string, string>> {
  const { machines } = await rackState();
  return new Map(machines.flatMap(({ name, hostKey }) => (hostKey === undefined ? [] : [[name, hostKey]])));
}
