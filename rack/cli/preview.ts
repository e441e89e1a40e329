import execa from "execa";
import * as path from "node:path";
import { installTools } from "../setup/tools";
import { cacheDir } from "../topology";
import { REPOSITORY } from "./paths";
import { PULUMI, pulumiEnvironment } from "./pulumi";
import { ensureStack } from "./stack";

/**
 * The resource graph of a stack: real `pulumi preview` with the real Equinix provider, which asks its
 * API nothing while a resource is only planned. State is a throw-away folder; nothing in it is secret.
 */
export async function preview(stack: string): Promise<void> {
  await installTools(line => process.stdout.write(`${line}\n`), ["pulumi", "equinix-metal"]);
  const home = path.join(cacheDir(), "preview");
  const env = {
    ...pulumiEnvironment(home),
    PULUMI_CONFIG_PASSPHRASE: "",
    // Checked by the provider's configuration, sent nowhere in a preview.
    METAL_AUTH_TOKEN: process.env.METAL_AUTH_TOKEN ?? "preview",
  };
  const options: execa.Options = { env, extendEnv: false, stdio: ["ignore", "inherit", "inherit"], reject: false };
  const at = ["--cwd", REPOSITORY, "--non-interactive"];
  const config = await ensureStack(stack, home, env);
  const child = await execa(PULUMI(), [...at, "preview", "--stack", stack, "--config-file", config], options);
  process.exitCode = child.exitCode ?? 1;
}
