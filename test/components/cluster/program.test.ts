import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { parse } from "yaml";
import { answers, KUBECONFIG, VIP } from "./lab";
import { record, type Recording } from "./recorder";
import { SECRET, seen, UNKNOWN } from "./values";

type Exports = { name: string } & Record<
  "endpoint" | "kubeconfig" | "caCertificate" | "machines",
  pulumi.Output<unknown>
>;

/** A stack file's configuration as Pulumi hands it to the program: text as it is, the rest as JSON. */
function stackFile(name: string): Record<string, string> {
  const { config } = parse(readFileSync(join(__dirname, "../../..", name), "utf8")) as {
    config: Record<string, unknown>;
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}

/**
 * Runs index.ts as `pulumi up` (or `preview`) of a stack called example would; `before`: what the stack's outputs were.
 */
function program(
  config: Record<string, string>,
  { preview = false, before = {} }: { preview?: boolean; before?: Record<string, unknown> } = {},
): Promise<Recording<Exports>> {
  pulumi.runtime.setAllConfig(config);
  const call = (token: string, { name }: Record<string, unknown>) => {
    expect([token, name]).toEqual(["pulumi:pulumi:readStackOutputs", "example"]);
    return { name, outputs: before };
  };
  return record(async () => (await import("../../../index")).default(), {
    answer: answers,
    preview,
    stack: "example",
    call,
  });
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
    expect(resources[0]).toMatchObject({ type: "rackplane:index:Cluster", name: "k8s" });
    expect(result.name).toBe("example");
    expect(find("k8s-cp-0").inputs.hostname).toBe("example-cp-0");
    expect(find("k8s-kubernetes").inputs.kubeconfig).toBe(KUBECONFIG);
  });

  test("names no resource after the stack, and knows a cluster whose resources an earlier program named so", async () => {
    const { resources } = await program(stackFile("examples/equinix-metal.yaml"));
    expect(resources.map(({ name }) => name).filter(name => !/^k8s(-|$)/.test(name))).toEqual([]);
    expect(resources[0]?.aliases).toEqual(["example"]);
  });

  test("keeps the cluster's name when the stack is renamed", async () => {
    const { result, find } = await program(stackFile("examples/equinix-metal.yaml"), { before: { name: "first" } });
    expect(result.name).toBe("first");
    expect(find("k8s-cp-0").inputs.hostname).toBe("first-cp-0");
  });

  test("goes into a project that exists already", async () => {
    const { result, find, all } = await program(stackFile("examples/equinix-metal-adopted.yaml"));
    expect(await seen(result.machines)).toHaveLength(5);
    expect(find("k8s-vip").kind).toBe("read");
    expect(find("k8s-cp-0")).toMatchObject({ protect: true, inputs: { hostname: "core-cp-0" } });
    expect(all("Project")).toEqual([]);
  });

  test("can be previewed before anything is there", async () => {
    const { result } = await program(stackFile("examples/equinix-metal.yaml"), { preview: true });
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
