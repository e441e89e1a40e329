import js from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist/", "node_modules/", "rack/node_modules/", "rack/tools/"] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    rules: {
      "@typescript-eslint/no-explicit-any": "error",
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
    rules: { "max-lines": ["error", { max: 420, skipBlankLines: true, skipComments: true }] },
  },
);
