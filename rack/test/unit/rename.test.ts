import * as fs from "node:fs";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { clusterOverSsh, clusterRented } from "../../../bench/sizes/clusters";
import { withGreeters } from "../../../bench/sizes/greeters";
import { publicAddressOf } from "../../../bench/sizes/canned/device-addresses";
import { PUBLIC_KEY } from "../../../bench/sizes/keys";
import { workspace, type Workspace } from "../../../bench/sizes/workspace";
import { REPOSITORY } from "../../cli/paths";
import { cliIsBuilt } from "./plugins-cli.fakes";

/** As the program was before: its component is called like the stack. */
const EARLIER = `import * as pulumi from "@pulumi/pulumi";
import { Cluster } from "${REPOSITORY}/components";
import { readClusterArgs } from "${REPOSITORY}/components/config/read";
new Cluster(pulumi.getStack(), readClusterArgs());
`;

function earlierProgram(at: Workspace): string {
  const folder = at.file("earlier");
  fs.mkdirSync(folder);
  fs.symlinkSync(path.join(REPOSITORY, "node_modules"), path.join(folder, "node_modules"));
  fs.writeFileSync(path.join(folder, "package.json"), "{}");
  fs.copyFileSync(path.join(REPOSITORY, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
  fs.writeFileSync(path.join(folder, "index.ts"), EARLIER);
  return folder;
}

/** Without a name of its own a cluster is called like its stack. */
const nameless = (text: string): string => text.replace(/^ *rackplane:name: .*\n/m, "");

/** A stack file, and where its machines' SSH servers are looked for before each command on them. */
interface Case {
  readonly text: (ports: readonly number[]) => string;
  readonly servers: (stack: string) => readonly { host: string; port: number }[];
  /** Rented machines are looked for at port 22, which is root's to listen at. */
  readonly needsRoot?: boolean;
}

const STACKS: Readonly<Record<string, Case>> = {
  "over SSH": {
    text: ports => clusterOverSsh({ controlPlane: 3, workers: 2, ports }),
    servers: () => Array.from({ length: 5 }, () => ({ host: "127.0.0.1", port: 0 })),
  },
  rented: {
    text: () => clusterRented({ controlPlane: 3, workers: 0, publicKey: PUBLIC_KEY }),
    servers: stack => [0, 1, 2].map(i => ({ host: publicAddressOf(`${stack}-cp-${i}`), port: 22 })),
    needsRoot: true,
  },
};

/** Nothing is made, lost or changed, but that what would wipe a machine claims it under its new name. */
function expectClaimsAlone(output: string): void {
  expect(output).not.toMatch(/\d+ (created|deleted|replaced)/);
  expect(output.split("\n").filter(line => / updated \(/.test(line) && !line.includes("-wipe updated"))).toEqual([]);
}

describe.skipIf(!cliIsBuilt("rename"))("a stack that an earlier program made", () => {
  let at: Workspace;
  let earlier: string;
  beforeAll(async () => {
    at = await workspace();
    earlier = earlierProgram(at);
  }, 60_000);
  afterAll(() => at.remove());

  const resources = (stack: string) =>
    (
      JSON.parse(fs.readFileSync(at.checkpoint(stack), "utf8")) as {
        checkpoint: { latest: { resources: { urn: string; type: string; inputs?: Record<string, unknown> }[] } };
      }
    ).checkpoint.latest.resources;

  test.each(Object.entries(STACKS).filter(([, { needsRoot }]) => needsRoot !== true || process.getuid?.() === 0))(
    "whose machines are %s, loses and replaces nothing, then and when the stack is renamed",
    async (kind, { text: stackFile, servers }) => {
      const first = kind.replace(" ", "-").toLowerCase();
      const renamed = `${first}-renamed`;
      await withGreeters(servers(first), async ports => {
        const text = nameless(stackFile(ports));
        await at.pulumi(first, "up", { text, program: earlier });
        const made = resources(first);
        const names = made.map(({ urn }) => urn.split("::").at(-1)?.replace(first, ""));
        expect(made.length).toBeGreaterThan(25);

        const carried = await at.pulumi(first, "up", { text });
        expectClaimsAlone(carried.output);
        expect(resources(first).map(({ urn }) => urn.split("::").at(-1))).toEqual(
          expect.arrayContaining(
            names.map(name => (name?.startsWith("-") ? `k8s${name}` : (expect.any(String) as string))),
          ),
        );

        await at.rename(first, renamed);
        const after = await at.pulumi(renamed, "up", { text });
        expect(after.output).toMatch(/\d+ unchanged/);
        expectClaimsAlone(after.output);
        const devices = resources(renamed).filter(({ type }) => type.endsWith(":Device"));
        expect(devices.map(({ inputs }) => String(inputs?.hostname)).sort()).toEqual(
          kind === "rented" ? [0, 1, 2].map(i => `${first}-cp-${i}`) : [],
        );
      });
    },
    120_000,
  );
});
