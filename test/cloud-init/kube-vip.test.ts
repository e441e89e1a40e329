import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, expect, test } from "vitest";

import { plainNode } from "./nodes";

const FILTER = path.resolve(__dirname, "../../cloud-init/node/grant/jq/kube-vip.jq");
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-kube-vip-"));
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** The manifest as the announcer renders it for a machine with these peers. */
function manifest(peers: object[]): string {
  const machine = path.join(directory, "machine.json");
  const node = path.join(directory, "node.json");
  const identity = {
    name: "demo-cp-0",
    address: "10.70.17.9",
    gateway: "10.70.17.8",
    localAs: 65000,
    routerId: "10.70.17.9",
  };
  fs.writeFileSync(machine, JSON.stringify({ ...identity, peers }));
  fs.writeFileSync(node, JSON.stringify(plainNode));
  return execFileSync("jq", ["--slurpfile", "machine", machine, "-f", FILTER, node], { encoding: "utf8" });
}

test.each([
  [
    "two switches",
    "plain",
    [
      { address: "169.254.255.1", as: 65530, password: null, multihop: true },
      { address: "169.254.255.2", as: 65530, password: null, multihop: true },
    ],
  ],
  [
    "a password",
    "md5",
    [
      { address: "169.254.255.1", as: 65530, password: "Secret12345", multihop: true },
      { address: "169.254.255.2", as: 65530, password: "Secret12345", multihop: true },
    ],
  ],
  ["a legacy site", "legacy", [{ address: "10.70.17.8", as: 65530, password: null, multihop: false }]],
])("kube-vip's pod with %s is the golden one", async (_, name, peers) => {
  await expect(manifest(peers)).toMatchFileSnapshot(`golden/kube-vip-${name}.json`);
});

test("an empty password leaves its field empty", () => {
  expect(manifest([{ address: "169.254.255.1", as: 65530, password: null, multihop: true }])).toContain(
    '"169.254.255.1:65530::true"',
  );
});
