import execa from "execa";
import * as path from "node:path";
import { cacheDir } from "../topology";
import { buildPlugins } from "../plugins/build";

const BUILD = path.resolve(__dirname, "../tools/build.sh");

/** Builds what no package registry ships as a program, once, into the cache (tools/build.sh tells the progress). */
export async function installTools(say: (line: string) => void, only: readonly string[] = []): Promise<void> {
  const child = execa(BUILD, [cacheDir(), ...only], { stdin: "ignore", stderr: "inherit" });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => text.split("\n").filter(Boolean).forEach(say));
  await child;
  await buildPlugins(path.join(cacheDir(), "bin"));
}

/** Whether a tool of tools/build.sh can be had without building it. */
export async function haveTool(tool: string): Promise<boolean> {
  const { exitCode } = await execa(BUILD, ["--have", cacheDir(), tool], {
    stdin: "ignore",
    stderr: "inherit",
    reject: false,
  });
  return exitCode === 0;
}
