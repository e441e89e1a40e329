import * as fs from "node:fs";
import * as path from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { DEFAULT_PULUMI, PULUMI } from "../../cli/pulumi-program";
import { REPOSITORY } from "../../cli/paths";

const read = (file: string): string => fs.readFileSync(path.join(REPOSITORY, file), "utf8");

afterEach(() => void vi.unstubAllEnvs());

test("the CLI that runs without a wish is the oldest that Pulumi.yaml allows", () => {
  const { requiredPulumiVersion } = parse(read("Pulumi.yaml")) as { requiredPulumiVersion: string };
  expect(requiredPulumiVersion).toBe(`>=${DEFAULT_PULUMI}`);
  expect(read("rack/tools/build.sh")).toContain(`version.Version=v${DEFAULT_PULUMI}`);
});

test("the newer one lies where the tools' build puts it", () => {
  const version = /^NEWER_PULUMI_VERSION=(.*)$/m.exec(read("rack/tools/build.sh"))?.[1];
  vi.stubEnv("RACKPLANE_PULUMI", version);
  expect(PULUMI()).toMatch(new RegExp(`/bin-pulumi-${version}/pulumi$`));
  expect(read("rack/tools/pulumi-newer/go.mod")).toContain(`github.com/pulumi/pulumi/pkg/v3 v${version}`);
});

test("a version that is not built is refused, with those that are", () => {
  vi.stubEnv("RACKPLANE_PULUMI", "3.1.0");
  expect(() => PULUMI()).toThrow(/RACKPLANE_PULUMI: found "3\.1\.0", expected .*: 3\.217\.0, 3\.274\.1/);
});
