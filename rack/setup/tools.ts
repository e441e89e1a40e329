import execa from "execa";
import * as path from "node:path";
import { cacheDir } from "../topology";
import { buildPlugins } from "../plugins/build";

/** Builds what no package registry ships as a program, once, into the cache (tools/build.sh tells the progress). */
export async function installTools(say: (line: string) => void, only: readonly string[] = []): Promise<void> {
  const script = path.resolve(__dirname, "../tools/build.sh");
  const child = execa(script, [cacheDir(), ...only], { stdin: "ignore", stderr: "inherit" });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => text.split("\n").filter(Boolean).forEach(say));
  await child;
  await buildPlugins(path.join(cacheDir(), "bin"));
}
