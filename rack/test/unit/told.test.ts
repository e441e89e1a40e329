import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliIsBuilt, cliProject, type CliProject } from "./plugins-cli.fakes";

const COMPONENTS = path.resolve(__dirname, "../../../components");

const grant = (kubernetesVersion: string): string =>
  JSON.stringify({
    verb: "member",
    machine: { name: "lab-cp-0", address: "10.0.0.1" },
    roster: [{ name: "lab-cp-0", address: "10.0.0.1" }],
    node: { cluster: { name: "lab", kubernetesVersion }, announcer: { kind: "external" } },
    pki: { "ca.key": "PRIVATE" },
  });

/** A member's command as the product makes it, as far as its hook sees it. `late`: what it reads comes from a new resource. */
const program = (text: string, late = false): string => `
import * as pulumi from "@pulumi/pulumi";
import { local } from "@pulumi/command";
import { toldHook } from "${COMPONENTS}/membership/told";
const told = toldHook("lab-told", new Map([["lab-cp-0", 1]]));
const text = ${JSON.stringify(text)};
const stdin = ${late ? 'new local.Command("other", { create: "cat", stdin: text, logging: "none" }).stdout' : "text"};
new local.Command("lab-cp-0-member", { create: "cat >/dev/null", stdin: pulumi.secret(stdin) }, { hooks: { beforeUpdate: [told] } });
`;

describe.skipIf(!cliIsBuilt("told"))("what happens to a machine, by the real engine", () => {
  let project: CliProject;
  beforeAll(async () => {
    project = await cliProject();
  });
  afterAll(() => project.remove());

  it("is told in a sentence by the preview and by up, and nothing is where nothing changes", async () => {
    const up = ["up", "--yes", "--skip-preview"];
    project.program(program(grant("1.34.3")));
    expect(await project.pulumi(...up)).not.toContain("1. lab-cp-0:");
    expect(await project.pulumi("preview")).not.toContain("1. lab-cp-0:");

    project.program(program(grant("1.34.4")));
    const preview = await project.pulumi("preview");
    expect(preview).toContain("1. lab-cp-0: upgrade 1.34.3 to 1.34.4, etcd, the API server and kubelet restart");
    expect(preview).not.toContain("PRIVATE");
    expect(await project.pulumi(...up)).toContain("1. lab-cp-0: upgrade 1.34.3 to 1.34.4");

    project.program(program(grant("1.34.3"), true));
    expect(await project.pulumi("preview")).toContain("1. lab-cp-0: changes, by what is known only when");
    expect(await project.pulumi(...up)).toContain("1. lab-cp-0: will be refused: kubernetesVersion 1.34.3");
  }, 120_000);
});
