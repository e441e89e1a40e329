import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import type { ClusterContext } from "../../../components/cluster-context";
import { command, type CommandArgs, type Lifetime } from "../../../components/machines/command";
import type { Machine } from "../../../components/machines/machine";
import { record, type Registration } from "../cluster/recorder";
import { SECRET } from "../cluster/values";
import { hostKey, overSsh, parse } from "../config/samples";

const spec = parse(overSsh());
const machine = (n: number): Machine => ({
  kind: "ssh",
  role: "worker",
  name: `m${n}`,
  key: `m${n}`,
  address: pulumi.output(`10.0.0.${n}`),
  sshHost: pulumi.output(`10.0.0.${n}`),
  login: { user: "ops" },
  hostKey: hostKey(n),
  identity: pulumi.output(`identity of m${n}`),
  needs: [],
});

const registered = async (args: Partial<CommandArgs> & { lifetime: Lifetime }): Promise<Registration> => {
  const { find } = await record(
    () => {
      const parent = new pulumi.ComponentResource("test:index:Cluster", "lab");
      const cluster: ClusterContext = { name: "lab", spec, now: 0, parent };
      command(cluster, {
        name: "m11-test",
        machine: machine(11),
        line: ({ name }) => `echo ${name}`,
        stdin: ({ name }) => `for ${name}`,
        timeout: "60s",
        ...args,
      });
    },
    { answer: ({ name }) => ({ id: name, outputs: {} }) },
  );
  return find("lab-m11-test");
};

const INPUTS = ["connection", "create", "stdin", "logging"];

describe("a command that runs", () => {
  test("once is made again by nothing", async () => {
    const { inputs, ignoreChanges, deleteBeforeReplace } = await registered({ lifetime: "once" });
    expect([inputs.update, inputs.triggers]).toEqual([undefined, undefined]);
    expect([ignoreChanges, deleteBeforeReplace]).toEqual([INPUTS, false]);
  });

  test("once is made again by another trigger, where it has one", async () => {
    const { inputs, ignoreChanges } = await registered({ lifetime: "once", trigger: "an endpoint" });
    expect(inputs.triggers).toEqual(["an endpoint"]);
    expect(ignoreChanges).not.toContain("triggers");
  });

  test("once a machine is made again by another machine alone, the old one gone first", async () => {
    const { inputs, ignoreChanges, deleteBeforeReplace } = await registered({ lifetime: "once a machine" });
    expect([inputs.update, inputs.triggers]).toEqual([undefined, ["identity of m11"]]);
    expect([ignoreChanges, deleteBeforeReplace]).toEqual([INPUTS, true]);
  });

  test("at every change updates with the line that created it, and ignores nothing", async () => {
    const { inputs, ignoreChanges, deleteBeforeReplace, customTimeouts } = await registered({
      lifetime: "every change",
    });
    expect([inputs.create, inputs.triggers]).toEqual(["echo m11", ["identity of m11"]]);
    // Where no `update` is given the plugin runs `create` again.
    expect(inputs).not.toHaveProperty("update");
    expect([ignoreChanges, deleteBeforeReplace]).toEqual([[], true]);
    expect([customTimeouts.create, customTimeouts.update]).toEqual(["60s", "60s"]);
  });
});

describe("a command", () => {
  test("on a machine that is chosen late is made for that machine", async () => {
    const { inputs } = await registered({ lifetime: "once", machine: pulumi.output(1).apply(() => machine(12)) });
    expect([inputs.create, inputs.stdin]).toEqual(["echo m12", "for m12"]);
    expect(inputs.connection).toMatchObject({ host: "10.0.0.12", hostKey: hostKey(12), user: "ops" });
  });

  test("hides what it is told to hide", async () => {
    const { visible, additionalSecretOutputs } = await registered({
      lifetime: "every change",
      secretStdin: true,
      secretOutputs: true,
    });
    expect(visible.stdin).toBe(SECRET);
    expect(additionalSecretOutputs).toEqual(expect.arrayContaining(["stdout", "stderr"]));
  });

  test("is made in one place", () => {
    const components = join(__dirname, "../../../components");
    const makers = readdirSync(components, { recursive: true, encoding: "utf8" })
      .filter(file => file.endsWith(".ts"))
      .filter(file => /new remote\.Command\b/.test(readFileSync(join(components, file), "utf8")));
    expect(makers).toEqual([join("machines", "command.ts")]);
  });
});
