import execa from "execa";
import * as fs from "node:fs";
import * as path from "node:path";
import { pulumiHome, REPOSITORY } from "../../rack/cli/paths";
import { rackplane } from "../rack";

type Up = Omit<Awaited<ReturnType<typeof rackplane>>, "seconds">;

/** Another directory, with a copy of the state as it is now, as a second person has who took the first one's. */
export function secondHome(): string {
  const second = `${pulumiHome()}-second`;
  fs.rmSync(second, { recursive: true, force: true });
  fs.cpSync(pulumiHome(), second, { recursive: true, verbatimSymlinks: true });
  return second;
}

/** `up` from that directory, by its own state and its own lock. */
export async function upFrom(home: string, stack: string): Promise<Up> {
  const words = ["pulumi", "--stack", stack, "up", "--yes", "--skip-preview"];
  const { exitCode, all } = await execa(path.join(REPOSITORY, "rackplane"), words, {
    env: { RACKPLANE_PULUMI_HOME: home },
    reject: false,
    all: true,
    stdin: "ignore",
  });
  return { code: exitCode ?? 1, output: all ?? "" };
}

/** The same `up` from both directories at one moment, neither of which knows of the other. */
export const twoAtOnce = (home: string, stack: string): Promise<readonly Up[]> =>
  Promise.all([pulumiHome(), home].map(one => upFrom(one, stack)));
