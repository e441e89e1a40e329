import * as fs from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliIsBuilt, cliProject, type CliProject } from "./plugins-cli.fakes";

// A hook and an enum-like type: the first needs the engine's own monitor, the second a loader for TypeScript.
const PROGRAM = `
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
const who: string = new pulumi.Config().require("who");
const told = new pulumi.ResourceHook("told", async () => fs.appendFileSync("hooks.log", "created\\n"));
const greet = new local.Command("greet", {
  create: "cat >> ran.log; cat ran.log",
  stdin: pulumi.secret(\`hello \${who}\\n\`),
  logging: "none",
  delete: "echo bye >> ran.log",
}, { hooks: { afterCreate: [told] }, additionalSecretOutputs: ["stdout"] });
export const said = greet.stdout;
`;

describe.skipIf(!cliIsBuilt("plugins-engine"))("the CLI with these plugins", () => {
  let project: CliProject;
  const inProject = (file: string) => project.file(file);
  const pulumi = (...args: string[]) => project.pulumi(...args);

  beforeAll(async () => {
    project = await cliProject();
    project.program(PROGRAM);
  });
  afterAll(() => project.remove());

  it("previews, creates, finds nothing to do, replaces nothing, and destroys", async () => {
    expect(await pulumi("preview")).toContain("2 to create");
    expect(fs.existsSync(inProject("ran.log"))).toBe(false);

    const up = await pulumi("up", "--yes", "--skip-preview");
    expect(up).toContain("2 created");
    expect(up).not.toContain("hello world"); // the program makes it a secret, and logging is none
    expect(await pulumi("stack", "output", "said", "--show-secrets")).toBe("hello world\n");
    expect(fs.readFileSync(inProject("hooks.log"), "utf8")).toBe("created\n");

    expect(await pulumi("preview", "--expect-no-changes")).toContain("2 unchanged");
    fs.appendFileSync(inProject("Pulumi.test.yaml"), "config: { plugins:who: rack }\n");
    expect(await pulumi("up", "--yes", "--skip-preview")).toContain("1 updated");
    expect(await pulumi("stack", "output", "said", "--show-secrets")).toBe("hello world\nhello rack\n");

    expect(await pulumi("destroy", "--yes", "--skip-preview")).toContain("2 deleted");
    expect(fs.readFileSync(inProject("ran.log"), "utf8")).toBe("hello world\nhello rack\nbye\n");
  }, 120_000);

  it("writes no file of attributes beside the state, which a killed `up` leaves empty and no `pulumi` reads", () => {
    const files = fs.readdirSync(inProject("state"), { recursive: true, encoding: "utf8" });
    expect(files.filter(name => name.endsWith("test.json"))).not.toEqual([]);
    expect(files.filter(name => name.endsWith(".attrs"))).toEqual([]);
  });

  it("tells a program's error as the program told it", async () => {
    project.program('throw new Error("no such plan");');
    await expect(pulumi("preview")).rejects.toThrow("no such plan");
  }, 60_000);
});
