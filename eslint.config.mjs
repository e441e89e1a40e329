import js from "@eslint/js";
import { createNodeResolver, importX } from "eslint-plugin-import-x";
import tseslint from "typescript-eslint";

/**
 * The rooms of the product, and for each all that its files may import besides those of the room itself. Imports
 * point one way: index.ts and doctor -> components -> cloud-init. A new folder of components gets a line here.
 */
const ROOMS = {
  "index.ts": ["components", "cloud-init", "node_modules"],
  components: ["cloud-init", "node_modules"],
  "components/cluster-context.ts": ["components/config", "cloud-init", "node_modules"],
  "components/membership": [
    "components/cluster-context.ts",
    "components/machines",
    "components/endpoint",
    "components/config",
    "cloud-init",
    "node_modules",
  ],
  "components/machines": [
    "components/cluster-context.ts",
    "components/endpoint",
    "components/config",
    "cloud-init",
    "node_modules",
  ],
  "components/endpoint": ["components/cluster-context.ts", "components/config", "cloud-init", "node_modules"],
  "components/addons": ["components/cluster-context.ts", "components/config", "cloud-init", "node_modules"],
  "components/config": ["cloud-init", "node_modules"],
  doctor: ["components/config", "cloud-init", "node_modules"],
  // Pure: what goes to a machine is made without Pulumi, so that a test holds it as text.
  "cloud-init": ["node_modules/yaml", "node_modules/tar"],
};

/** Files that do not keep a rule yet. A line goes when its files are mended; no line is added. */
const NOT_YET = {
  "rack/plugins/**/*.ts": [
    "@typescript-eslint/no-base-to-string",
    "@typescript-eslint/no-unsafe-return",
    "@typescript-eslint/prefer-promise-reject-errors",
    "@typescript-eslint/restrict-template-expressions",
    "@typescript-eslint/unbound-method",
  ],
};

const zones = Object.entries(ROOMS).map(([room, others]) => ({
  target: `./${room}`,
  from: "./",
  except: [room, ...others].map(path => `./${path}`),
  message: `Imports point one way: ${room} may use ${others.filter(path => !path.startsWith("node_modules")).join(", ") || "nothing but itself"}. See ROOMS in eslint.config.mjs.`,
}));

export default tseslint.config(
  { ignores: ["dist/", "docs/api/", "node_modules/", "rack/node_modules/", "rack/tools/"] },
  js.configs.recommended,
  {
    files: ["**/*.ts"],
    extends: tseslint.configs.recommendedTypeChecked,
    languageOptions: {
      parserOptions: {
        projectService: { allowDefaultProject: ["vitest.config.ts"] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
      // A function that promises something says so with `async`: then what it throws is a rejection, too.
      "@typescript-eslint/require-await": "off",
      // execa's child is an emitter besides a promise: what its `once` gives back is awaited elsewhere.
      "@typescript-eslint/no-floating-promises": [
        "error",
        { allowForKnownSafePromises: [{ from: "package", package: "execa", name: "ExecaChildProcess" }] },
      ],
      // Pulumi's components are made for what they register, not for their value.
      "no-new": "off",
      "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_" }],
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
      "no-console": "error",
    },
  },
  // A table of refusals is one subject, however long.
  {
    files: ["**/*.test.ts"],
    rules: {
      // vitest's matchers (expect.stringMatching and the like) are of type any, wherever they stand.
      "@typescript-eslint/no-unsafe-assignment": "off",
      "max-lines": ["error", { max: 420, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["**/*.ts"],
    plugins: { "import-x": importX },
    settings: {
      "import-x/resolver-next": [createNodeResolver({ extensions: [".ts", ".js", ".json"] })],
      "import-x/parsers": { "@typescript-eslint/parser": [".ts"] },
    },
    rules: {
      // Only imports that are there at run time count: two files may know each other's types.
      "import-x/no-cycle": ["error", { ignoreExternal: true }],
      "import-x/no-restricted-paths": ["error", { basePath: import.meta.dirname, zones }],
    },
  },
  ...Object.entries(NOT_YET).map(([files, rules]) => ({
    files: [files],
    rules: Object.fromEntries(rules.map(rule => [rule, "off"])),
  })),
);
