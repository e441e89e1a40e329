import { ESLint } from "eslint";
import * as fs from "node:fs";
import * as path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";

const ROOT = path.resolve(__dirname, "../..");

/** Without types, so that a text is judged in milliseconds. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId.startsWith("import-x/"),
});

/** What a rule says when a file of the product had this text. */
async function complaints(rule: string, file: string, text: string): Promise<string[]> {
  const [result] = await eslint.lintText(text, { filePath: path.join(ROOT, file) });
  return result!.messages.flatMap(({ ruleId, message }) => (ruleId === rule ? [message] : []));
}

const PATHS = "import-x/no-restricted-paths";
const CIRCLES = "import-x/no-cycle";

const takes = (target: string) => `import * as other from ${JSON.stringify(target)};\nexport const used = other;\n`;

describe("the linter refuses an import against the direction", { timeout: 60_000 }, () => {
  // The first text pays for loading the plugins.
  beforeAll(async () => void (await complaints(PATHS, "index.ts", "export {};\n")), 60_000);

  test.each([
    ["cloud-init", "contract/node.ts", "../../components/config/spec"],
    ["cloud-init", "contract/node.ts", "@pulumi/pulumi"],
    ["cloud-init", "documents/kubeadm.ts", "zod"],
    ["components/config", "spec.ts", "../machines/machine"],
    ["components/config", "spec.ts", "../endpoint/endpoint-kinds"],
    ["components/endpoint", "keepalived.ts", "../machines/machine"],
    ["components/endpoint", "keepalived.ts", "../membership/member"],
    ["components/machines", "machine.ts", "../membership/member"],
    ["components/machines", "machine.ts", "../cluster"],
    ["components/addons", "flannel.ts", "../machines/machine"],
    ["components/membership", "member.ts", "../addons/flannel"],
    ["components/membership", "member.ts", "../cluster"],
    ["components", "cluster.ts", "../rack/topology"],
    ["components", "cluster.ts", "../bench/probe/outcome"],
    ["components", "cluster.ts", "../test/cloud-init/nodes"],
    ["doctor", "main.ts", "../rack/topology"],
    ["doctor", "look.ts", "../components/machines/machine"],
    ["index.ts", "", "./rack/topology"],
  ])("%s: %s takes %s", async (room, file, target) => {
    expect(await complaints(PATHS, path.join(room, file), takes(target))).toEqual([
      expect.stringMatching(new RegExp(`Imports point one way: ${room}`)),
    ]);
  });

  test.each([
    ["index.ts", "./components"],
    ["components/cluster.ts", "./membership/member"],
    ["components/membership/member.ts", "../machines/machine"],
    ["components/machines/machine.ts", "../endpoint/endpoint-kinds"],
    ["components/addons/flannel.ts", "../config/spec"],
    ["components/config/spec.ts", "zod"],
    ["cloud-init/program.ts", "node:fs"],
    ["doctor/stack-file.ts", "../components/config/parse"],
    ["rack/cli/status.ts", "../../components/config/spec"],
    ["bench/probe/main.ts", "../../cloud-init/contract/node"],
  ])("and lets %s take %s", async (file, target) => {
    expect(await complaints(PATHS, file, takes(target))).toEqual([]);
  });

  test("a circle at run time is found, a circle of types is not", async () => {
    const file = "components/config/values/problems.ts"; // which parse.ts uses
    expect(await complaints(CIRCLES, file, takes("../parse"))).toEqual([expect.stringContaining("Dependency cycle")]);
    expect(await complaints(CIRCLES, file, takes("../parse").replace("import", "import type"))).toEqual([]);
  });

  test("every room of components has a line of its own", async () => {
    const config = (await eslint.calculateConfigForFile(path.join(ROOT, "index.ts"))) as {
      rules: Record<string, [number, { zones: { target: string }[] }]>;
    };
    const lines = config.rules["import-x/no-restricted-paths"]![1].zones.map(({ target }) => target);
    const rooms = fs.readdirSync(path.join(ROOT, "components"), { withFileTypes: true });
    for (const room of rooms.filter(entry => entry.isDirectory())) expect(lines).toContain(`./components/${room.name}`);
  });
});
