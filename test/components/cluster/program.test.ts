import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { answers, KUBECONFIG, VIP } from "./lab";
import { record, type Recording } from "./recorder";
import { SECRET, seen, UNKNOWN } from "./values";

type Exports = Record<"endpoint" | "kubeconfig" | "caCertificate" | "machines", pulumi.Output<unknown>>;

/** A stack file's configuration as Pulumi hands it to the program: text as it is, the rest as JSON. */
function stackFile(name: string): Record<string, string> {
  const { config } = parse(readFileSync(join(__dirname, "../../..", name), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/** Runs index.ts as `pulumi up` (or `preview`) of a stack called example would. */
function program(config: Record<string, string>, preview = false): Promise<Recording<Exports>> {
  pulumi.runtime.setAllConfig(config);
  return record(() => import("../../../index") as Promise<Exports>, { answer: answers, preview, stack: "example" });
}

beforeEach(() => vi.resetModules());
afterEach(() => pulumi.runtime.setAllConfig({}));

describe("the program, with the stack file a person copies,", () => {
  test("brings up a cluster called like the stack and says where it is", async () => {
    const { result, resources, find } = await program(stackFile("examples/equinix-metal.yaml"));
    expect(await seen(result.endpoint)).toBe(`https://${VIP}:6443`);
    expect(await seen(result.kubeconfig)).toBe(SECRET);
    expect(await seen(result.caCertificate)).toContain("BEGIN CERTIFICATE");
    expect(await seen(result.machines)).toHaveLength(3);
    expect(resources[0]).toMatchObject({ type: "rackplane:index:Cluster", name: "example" });
    expect(find("example-cp-0").inputs.hostname).toBe("example-cp-0");
    expect(find("example-kubernetes").inputs.kubeconfig).toBe(KUBECONFIG);
  });

  test("goes into a project that exists already", async () => {
    const { result, find, all } = await program(stackFile("examples/equinix-metal-adopted.yaml"));
    expect(await seen(result.machines)).toHaveLength(5);
    expect(find("example-vip").kind).toBe("read");
    expect(find("example-cp-0")).toMatchObject({ protect: true, inputs: { hostname: "core-cp-0" } });
    expect(all("Project")).toEqual([]);
  });

  test("can be previewed before anything is there", async () => {
    const { result } = await program(stackFile("examples/equinix-metal.yaml"), true);
    expect(await seen(result.endpoint)).toBe(UNKNOWN);
  });
});

test("a mistyped configuration is told in sentences, without a trace of the program, and asks for nothing", async () => {
  const config = {
    ...stackFile("examples/equinix-metal.yaml"),
    "rackplane:controlPlane": '{"count":4,"schedulible":true}',
  };
  const error = await program(config).catch((error: unknown) => error);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(String(error)).toContain("the configuration has 2 problems:");
  expect(String(error)).toContain("controlPlane.schedulible: no such setting; did you mean schedulable?");
});
