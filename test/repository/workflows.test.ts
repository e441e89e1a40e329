import * as fs from "node:fs";
import * as path from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const ROOT = path.resolve(__dirname, "../..");
const FOLDER = path.join(ROOT, ".github/workflows");

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly steps: readonly Step[]; readonly strategy?: { matrix: { example: string[] } } }>
  >;
}

const workflow = (file: string) => parse(fs.readFileSync(path.join(FOLDER, file), "utf8")) as Workflow;
const files = fs.readdirSync(FOLDER);

interface PackageJson {
  readonly scripts: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
}
const packageJson = () => JSON.parse(fs.readFileSync(path.join(ROOT, "package.json"), "utf8")) as PackageJson;

describe("workflows", () => {
  test.each(files)("%s pins its actions by their major version and runs npm scripts that there are", file => {
    const { scripts } = packageJson();
    for (const { uses, run } of Object.values(workflow(file).jobs).flatMap(({ steps }) => steps)) {
      if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
      const script = /^npm (?:run )?(?!ci)([\w:-]+)$/.exec(run ?? "")?.[1];
      if (script !== undefined) expect(scripts).toHaveProperty([script]);
    }
  });

  test("a pull request previews every example but the one that asks the Metal API", () => {
    const { preview } = workflow("preview.yml").jobs;
    const examples = fs.readdirSync(path.join(ROOT, "examples")).map(file => path.basename(file, ".yaml"));
    expect(preview!.strategy?.matrix.example).toEqual(examples.filter(name => name !== "equinix-metal-adopted").sort());
    const pulumi = preview!.steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"));
    expect(pulumi?.with).toMatchObject({ command: "preview", "stack-name": "${{ matrix.example }}" });
    expect(pulumi?.with).toHaveProperty("comment-on-pr");
  });

  test("it previews with the CLI of the SDK that the program uses", () => {
    const { devDependencies } = packageJson();
    const pulumi = workflow("preview.yml").jobs.preview!.steps.find(({ uses }) => uses?.startsWith("pulumi/actions@"));
    expect(pulumi?.with?.["pulumi-version"]).toBe(devDependencies["@pulumi/pulumi"]);
  });
});

test("a program that uses the library has one copy of @pulumi/pulumi: its own, of the version tried here or a later one", () => {
  const { dependencies, devDependencies, peerDependencies } = packageJson();
  expect(dependencies).not.toHaveProperty(["@pulumi/pulumi"]);
  expect(peerDependencies).toEqual({ "@pulumi/pulumi": `^${devDependencies["@pulumi/pulumi"]}` });
});
