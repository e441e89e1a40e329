/**
 * Bundles the plugins, each into one JavaScript file with an executable in front of it by which the engine
 * finds it in PATH. Bundled, one starts in 150 ms; loading the packages file by file takes four times as long.
 *
 *     node --require tsx/cjs rack/plugins/build.ts OUTDIR
 */
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { build } from "esbuild";
import { WITHOUT_CLUSTER } from "./home";

/** The executables, and where their sources start. */
const PLUGINS = {
  "pulumi-resource-command": "command/main.ts",
  [WITHOUT_CLUSTER]: "without-cluster.ts",
  "pulumi-language-nodejs": "langhost.ts",
} as const;

const STAMP = "plugins.stamp";

/** Makes the plugins in `outDir`, unless they are there, made from the same sources. Returns their names. */
export async function buildPlugins(outDir: string): Promise<readonly string[]> {
  const names = Object.keys(PLUGINS);
  const stamp = path.join(outDir, STAMP);
  const sources = sourceHash();
  const made = names.every(name => fs.existsSync(path.join(outDir, name)));
  if (made && fs.existsSync(stamp) && fs.readFileSync(stamp, "utf8") === sources) return names;
  for (const [name, entry] of Object.entries(PLUGINS)) await buildPlugin(outDir, name, entry);
  replaceFile(stamp, sources, 0o644);
  return names;
}

/** Makes one executable in `outDir`; `entry` is where its sources start, seen from here. */
export async function buildPlugin(outDir: string, name: string, entry: string): Promise<void> {
  fs.mkdirSync(path.join(outDir, "plugins"), { recursive: true });
  const { outputFiles } = await build({
    entryPoints: [path.resolve(__dirname, entry)],
    bundle: true,
    write: false,
    platform: "node",
    target: "node20",
    minifySyntax: true,
    minifyWhitespace: true,
    // The stubs and we must share one gRPC: it tells its own objects from a second copy's by their class.
    alias: {
      "@grpc/grpc-js": path.dirname(require.resolve("@grpc/grpc-js/package.json", { paths: [sdkDirectory()] })),
    },
    // ssh2 does without both: a native cipher and a CPU check that choose faster ones.
    external: ["cpu-features", "*.node"],
    logLevel: "silent",
  });
  const [bundle] = outputFiles;
  if (bundle === undefined) throw new Error(`esbuild made no file from ${entry}`);
  replaceFile(path.join(outDir, "plugins", `${name}.js`), bundle.contents, 0o644);
  replaceFile(path.join(outDir, name), `#!/bin/sh\nexec node "\${0%/*}/plugins/${name}.js" "$@"\n`, 0o755);
}

const sdkDirectory = () => path.dirname(require.resolve("@pulumi/pulumi/package.json"));

/** Written beside and moved into place: an engine that starts now gets the old file or the new one, whole. */
function replaceFile(file: string, contents: string | Uint8Array, mode: number): void {
  const fresh = `${file}.${process.pid}`;
  fs.writeFileSync(fresh, contents, { mode });
  fs.renameSync(fresh, file);
}

/** One hash over these sources and the lock file, which decides what is bundled with them. */
function sourceHash(): string {
  const hash = createHash("sha256");
  const sources = fs
    .readdirSync(__dirname, { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".ts"))
    .sort();
  for (const file of [...sources, "../../package-lock.json"]) {
    hash
      .update(`${file}\0`)
      .update(fs.readFileSync(path.join(__dirname, file)))
      .update("\0");
  }
  return hash.digest("hex");
}

if (require.main === module) {
  const outDir = process.argv[2];
  if (outDir === undefined) {
    process.stderr.write("usage: node --require tsx/cjs rack/plugins/build.ts OUTDIR\n");
    process.exit(2);
  }
  void buildPlugins(path.resolve(outDir)).then(
    names => process.stdout.write(`${names.join("\n")}\n`),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
      process.exit(1);
    },
  );
}
