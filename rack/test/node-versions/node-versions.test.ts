import execa from "execa";
import * as path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { figure } from "../../../bench/rack";
import { REPOSITORY } from "../../cli/paths";
import { nodeFolder } from "../../setup/node";

// The newest releases of the lines that package.json allows besides 20, which runs everything else.
describe.each(["22.23.3", "24.21.0"])("on Node %s", version => {
  let env: NodeJS.ProcessEnv;
  const run = async (program: string, ...args: string[]) => {
    const begin = Date.now();
    const child = await execa(program, args, {
      cwd: REPOSITORY,
      env,
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
    });
    return { code: child.exitCode, output: child.all ?? "", seconds: (Date.now() - begin) / 1000 };
  };

  beforeAll(async () => {
    // What this vitest tells its own processes is not meant for another.
    const own = Object.entries(process.env).filter(
      ([name]) => !/^(VITEST|NODE_ENV$|TEST$|MODE$|SUITE$|FORCE_COLOR$)/.test(name),
    );
    const PATH = `${await nodeFolder(version)}${path.delimiter}${process.env.PATH}`;
    env = { ...Object.fromEntries(own), PATH, NO_COLOR: "1" };
    expect((await run("node", "--version")).output).toBe(`v${version}`);
  });

  test("the unit tests pass", async () => {
    const unit = await run("npx", "vitest", "run", "--project", "unit");
    expect(unit.code, unit.output.slice(-6000)).toBe(0);
    expect(unit.output).toMatch(/Tests +\d+ passed/);
    figure(`unit tests on Node ${version}, seconds`, unit.seconds);
  });

  test("the real CLI previews a stack of machines that are rented and one of machines that exist", async () => {
    for (const stack of ["equinix-metal", "ssh-arp"]) {
      const preview = await run("./rackplane", "preview", "--stack", stack);
      expect(preview.code, preview.output).toBe(0);
      expect(preview.output).toMatch(/\+ \d+ to create/);
    }
  });
});
