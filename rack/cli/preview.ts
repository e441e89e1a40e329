import execa from "execa";
import { createHash, generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { parse } from "yaml";
import { WITHOUT_CLUSTER } from "../plugins/home";
import { haveTool, installTools } from "../setup/tools";
import { cacheDir } from "../topology";
import { withKeyPin } from "./key-pin";
import { REPOSITORY } from "./paths";
import { pulumiEnvironment } from "./pulumi";
import { PULUMI, pulumiTool } from "./pulumi-program";
import { ensureStack } from "./stack";
import { withHostKeys, withValues, type StackFile } from "./stack-file";

/**
 * The resource graph of a stack: real `pulumi preview` with the real Equinix provider, which asks its
 * API nothing while a resource is only planned, and the real Kubernetes plugin where it is there: its build takes
 * eight minutes, and there is no cluster that it could ask. State is a throw-away folder; nothing in it is secret.
 */
export async function preview(stack: string): Promise<void> {
  await installTools(line => process.stdout.write(`${line}\n`), [pulumiTool(), "equinix-metal"]);
  const home = path.join(cacheDir(), "preview");
  const env = {
    ...pulumiEnvironment(home),
    PULUMI_CONFIG_PASSPHRASE: "",
    // Checked by the provider's configuration, sent nowhere in a preview.
    METAL_AUTH_TOKEN: process.env.METAL_AUTH_TOKEN ?? "preview",
  };
  const options: execa.Options = { env, extendEnv: false, stdio: ["ignore", "inherit", "inherit"], reject: false };
  const at = ["--cwd", REPOSITORY, "--non-interactive"];
  const plugins = (await haveTool("pulumi-kubernetes")) ? {} : { kubernetes: WITHOUT_CLUSTER };
  const config = await ensureStack(stack, home, env, file => withKeyFile(completeForPreview(file)), plugins);
  const child = await execa(PULUMI(), [...at, "preview", "--stack", stack, "--config-file", config], options);
  process.exitCode = child.exitCode ?? 1;
}

/** What only a rack knows, made up: a preview connects to nothing. Pure. */
export function completeForPreview(file: StackFile): string {
  const keyed =
    file.hosts.length === 0
      ? file.text
      : withHostKeys(file, new Map(file.hosts.map(({ name }) => [name, placeholderKey(name)])));
  const text = withKeyPin(keyed, createHash("sha256").update("no key").digest("hex"));
  const secrets = [
    ...(file.endpoint.vrrpPassword ? [["rackplane:endpoint", "password"]] : []),
    ...file.s3.map(at => [...at, "secretKey"]),
    ...(file.cloudProvider ? [["rackplane:cloudProvider", "apiToken"]] : []),
  ];
  return secrets.length === 0
    ? text
    : withValues(
        text,
        secrets.map(path => ({ path: ["config", ...path], value: "preview" })),
      );
}

/** The text, with a key of no machine in place of a key file that this person does not have. */
function withKeyFile(text: string): string {
  const { config } = (parse(text) ?? {}) as { config?: Record<string, { privateKeyPath?: unknown }> };
  const file = config?.["rackplane:ssh"]?.privateKeyPath;
  if (typeof file !== "string" || fs.existsSync(file.replace(/^~(?=\/)/, os.homedir()))) return text;
  const key = generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" });
  const placeholder = path.join(cacheDir(), "preview", "placeholder-key.pem");
  fs.mkdirSync(path.dirname(placeholder), { recursive: true, mode: 0o700 });
  fs.writeFileSync(placeholder, key, { mode: 0o600 });
  return withValues(text, [{ path: ["config", "rackplane:ssh", "privateKeyPath"], value: placeholder }]);
}

/** An SSH key in form, of which nobody has the private half. */
export function placeholderKey(name: string): string {
  const field = (bytes: Buffer) => Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  const key = createHash("sha256").update(name).digest();
  return `ssh-ed25519 ${Buffer.concat([field(Buffer.from("ssh-ed25519")), field(key)]).toString("base64")}`;
}
