import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { rackState } from "../daemon/client";
import { STATE_DIR } from "../topology";
import { inOps } from "./operator";
import { REPOSITORY } from "./paths";
import { configFile, pulumiOutput } from "./pulumi";

/**
 * The product's doctor, as a person would call it, in the operator's namespace: with the stack's file, what
 * `pulumi stack output` says, and host keys of its own, since the rack makes machines anew under the same addresses.
 * Returns its exit status.
 */
export async function doctor(stack: string, options: { json?: boolean }): Promise<number> {
  await rackState(); // says when the rack is not up
  const folder = fs.mkdtempSync(path.join(STATE_DIR, "doctor-"));
  try {
    const outputs = path.join(folder, "outputs.json");
    fs.writeFileSync(outputs, await pulumiOutput(stack, ["stack", "output", "--json"]), { mode: 0o600 });
    const argv = [
      process.execPath,
      "--import",
      path.join(REPOSITORY, "node_modules/tsx/dist/loader.mjs"),
      path.join(REPOSITORY, "doctor/main.ts"),
      configFile(stack),
      "--outputs",
      outputs,
      "--known-hosts",
      path.join(folder, "known_hosts"),
      ...(options.json ? ["--json"] : []),
    ];
    const child = await execa("ip", inOps(argv), { stdio: ["ignore", "inherit", "inherit"], reject: false });
    return child.exitCode ?? 1;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
