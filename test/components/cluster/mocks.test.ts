import * as pulumi from "@pulumi/pulumi";
import { expect, test } from "vitest";
import { Cluster } from "../../../components";
import { answers, labArgs } from "./lab";

test("a program's own tests can make a cluster with Pulumi's mocks, which know no hooks", async () => {
  const made: string[] = [];
  await pulumi.runtime.setMocks({
    newResource: ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
      made.push(name);
      const { id, outputs } = answers({ type, name, inputs: inputs as Record<string, unknown> });
      return { id, state: { ...inputs, ...outputs } };
    },
    call: ({ inputs }: pulumi.runtime.MockCallArgs) => inputs as Record<string, unknown>,
  });
  new Cluster("lab", labArgs());
  await pulumi.runtime.disconnect();
  expect(made.filter(name => name.endsWith("-program"))).toHaveLength(3);
  expect(made).toContain("lab-kubeconfig");
});
