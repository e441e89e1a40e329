import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { rackState } from "../daemon/client";
import { STATE_DIR } from "../topology";
import { inOps } from "./operator";
import { REPOSITORY } from "./paths";
import { configFile, pulumiOutput } from "./pulumi";

/**
 * The product's doctor, as a person would call it, in the operator's namespace: with the stack's file and with what
 * `pulumi stack output` says. Returns its exit status.
 */
export async function doctor(stack: string, options: { json?: boolean }): Promise<number> {
  await rackState(); // says when the rack is not up
  const folder = fs.mkdtempSync(path.join(STATE_DIR, "doctor-"));
  try {
    await keepOutputs(stack, folder);
    const [program = "", ...args] = doctorCommand(stack, folder, options);
    // Where the program is: relative paths of the stack file begin there.
    const settings: execa.Options = { cwd: REPOSITORY, stdio: ["ignore", "inherit", "inherit"], reject: false };
    const child = await execa(program, args, settings);
    return child.exitCode ?? 1;
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}

const outputsIn = (folder: string) => path.join(folder, "outputs.json");

/** Where the stack's machines are, for {@link doctorCommand}. */
export async function keepOutputs(stack: string, folder: string): Promise<void> {
  fs.writeFileSync(outputsIn(folder), await pulumiOutput(stack, ["stack", "output", "--json"]), { mode: 0o600 });
}

/** The command; host keys that it learns are kept in the folder, since the rack makes machines anew under the same addresses. */
export const doctorCommand = (stack: string, folder: string, { json }: { json?: boolean }): string[] => [
  "ip",
  ...inOps([
    process.execPath,
    "--import",
    path.join(REPOSITORY, "node_modules/tsx/dist/loader.mjs"),
    path.join(REPOSITORY, "doctor/main.ts"),
    configFile(stack),
    "--outputs",
    outputsIn(folder),
    "--known-hosts",
    path.join(folder, "known_hosts"),
    ...(json ? ["--json"] : []),
  ]),
];
