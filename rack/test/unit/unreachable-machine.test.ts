import * as fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliIsBuilt, cliProject, type CliProject } from "./plugins-cli.fakes";

// As the product's graph is: members one after the other, workers side by side. The second member and the first worker
// cannot be reached, which is told at once.
const PROGRAM = `
import { local } from "@pulumi/command";
const run = (name: string, line: string, dependsOn: local.Command[] = []) =>
  new local.Command(name, { create: line + " >> ran.log" }, { dependsOn });
const works = (name: string) => "echo " + name;
const first = run("member-0", works("member-0"));
const second = run("member-1", "false", [first]);
run("member-2", works("member-2"), [second]);
run("worker-0", "false");
for (const i of [1, 2, 3]) run("worker-" + i, "sleep 1; " + works("worker-" + i));
`;

describe.skipIf(!cliIsBuilt("unreachable-machine"))("an edit of machines of which two are unreachable", () => {
  let project: CliProject;
  beforeAll(async () => {
    project = await cliProject();
    project.program(PROGRAM);
  });
  afterAll(() => project.remove());

  it("reaches every other worker with --continue-on-error, and no member after the one that failed", async () => {
    const up = ["up", "--yes", "--skip-preview", "--parallel", "1", "--continue-on-error"];
    await expect(project.pulumi(...up)).rejects.toThrow(/worker-0/);
    const ran = fs.readFileSync(project.file("ran.log"), "utf8").trim().split("\n");
    expect(ran.sort()).toEqual(["member-0", "worker-1", "worker-2", "worker-3"]);
  }, 120_000);
});
