import * as path from "node:path";
import { cacheDir } from "../topology";

/** The versions of the Pulumi CLI that tools/build.sh builds, and where in the cache each lands. */
const PROGRAMS = {
  "3.217.0": { tool: "pulumi", folder: "bin" },
  "3.274.1": { tool: "pulumi-newer", folder: "bin-pulumi-3.274.1" },
} as const;

/** The oldest that Pulumi.yaml allows, so that the program is written and proven with what everybody has. */
export const DEFAULT_PULUMI = "3.217.0";
export const DEFAULT_PULUMI_TOOL = PROGRAMS[DEFAULT_PULUMI].tool;

/** The one that RACKPLANE_PULUMI names. @throws Error naming those there are */
function chosen(): (typeof PROGRAMS)[keyof typeof PROGRAMS] {
  const version = process.env.RACKPLANE_PULUMI ?? DEFAULT_PULUMI;
  if (version in PROGRAMS) return PROGRAMS[version as keyof typeof PROGRAMS];
  throw new Error(
    `RACKPLANE_PULUMI: found "${version}", expected a version of the Pulumi CLI that the rack builds: ${Object.keys(PROGRAMS).join(", ")}`,
  );
}

/** The tool of tools/build.sh that is the CLI. */
export const pulumiTool = (): string => chosen().tool;

/** The CLI; a language host lies beside it. */
export const PULUMI = (): string => path.join(cacheDir(), chosen().folder, "pulumi");
