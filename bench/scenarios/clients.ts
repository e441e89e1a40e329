import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { inOps } from "../../rack/cli/operator";
import { REPOSITORY } from "../../rack/cli/paths";
import { cacheDir } from "../../rack/topology";

/** What a stack gives a person. */
export interface Outputs {
  readonly kubeconfig: string;
  readonly kubeconfigs: Readonly<Record<string, string>>;
  readonly caCertificate: string;
}

export async function outputsOf(stack: string): Promise<Outputs> {
  const words = ["pulumi", "--stack", stack, "stack", "output", "--show-secrets", "--json"];
  const { stdout } = await execa(path.join(REPOSITORY, "rackplane"), words, { stdin: "ignore" });
  return JSON.parse(stdout) as Outputs;
}

/** What kubectl tells somebody who has that kubeconfig: its answer, and the same with its complaints. */
export async function kubectlWith(
  kubeconfig: string,
  words: readonly string[],
): Promise<{ answer: string; all: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-kubeconfig-"));
  const file = path.join(folder, "kubeconfig");
  fs.writeFileSync(file, kubeconfig, { mode: 0o600 });
  try {
    const line = [path.join(cacheDir(), "bin", "kubectl"), "--kubeconfig", file, "--request-timeout", "10s", ...words];
    const { stdout, all = "" } = await execa("ip", inOps(line), { reject: false, all: true });
    return { answer: stdout.trim(), all: all.trim() };
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
}
