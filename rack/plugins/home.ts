import * as fs from "node:fs";
import * as path from "node:path";

/** The plugins that the program asks for, in the versions of the packages that it is written with. */
export const RESOURCE_PLUGINS = { command: "1.2.1", kubernetes: "4.34.2", "equinix-metal": "2.0.0" } as const;

/** The Kubernetes plugin to plan with where there is no cluster and the real one is not there either. */
export const WITHOUT_CLUSTER = "pulumi-kubernetes-without-cluster";

/**
 * Puts the plugins of a directory where the CLI looks for installed ones. It finds them in PATH too, but warns about
 * each in every run. The language host is best kept in the CLI's own directory.
 *
 * @param kubernetes the executable that is the Kubernetes plugin, in the same directory
 */
export function installPlugins(
  binDir: string,
  pulumiHome: string,
  { kubernetes = "pulumi-resource-kubernetes" }: { readonly kubernetes?: string } = {},
): void {
  for (const [name, version] of Object.entries(RESOURCE_PLUGINS)) {
    const executable = `pulumi-resource-${name}`;
    const directory = path.join(pulumiHome, "plugins", `resource-${name}-v${version}`);
    // The CLI passes over links to directories, and a script needs to know its own: hence a script that starts it.
    fs.mkdirSync(directory, { recursive: true });
    const source = name === "kubernetes" ? kubernetes : executable;
    const script = `#!/bin/sh\nexec '${path.join(binDir, source)}' "$@"\n`;
    fs.writeFileSync(path.join(directory, executable), script, { mode: 0o755 });
  }
}
