import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, describe, expect, test } from "vitest";

import { plainNode } from "./nodes";

const FILTER = path.resolve(__dirname, "../../cloud-init/node/grant/jq/kube-vip.jq");
const directory = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-kube-vip-"));
afterAll(() => fs.rmSync(directory, { recursive: true }));

/** The manifest as the announcer renders it for a machine with these peers. */
function manifest(peers: object[], image?: string): string {
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
  fs.writeFileSync(
    node,
    JSON.stringify({ ...plainNode, announcer: { ...plainNode.announcer, ...(image && { image }) } }),
  );
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

describe("a password", () => {
  const peers = [{ address: "169.254.255.1", as: 65530, password: "Secret12345", multihop: true }];

  test.each([
    "ghcr.io/kube-vip/kube-vip:v1.2.2",
    "registry.example.com:5000/kube-vip:1.0.1",
    `a/b:v1.2.2@sha256:${"0".repeat(64)}`,
  ])("stands in a file and not in the pod of %s", image => {
    const text = manifest(peers, image);
    expect(text).not.toContain("Secret12345");
    const { spec } = JSON.parse(text) as { spec: { containers: { args: string[]; env: { name: string }[] }[] } };
    expect(spec).toMatchObject({
      volumes: [{}, { name: "peers", hostPath: { path: "/run/rackplane/kube-vip-peers.json", type: "File" } }],
      containers: [{ args: ["manager", "--config-file=/etc/kube-vip/peers.json"] }],
    });
    // A list in the environment, even an empty one, would be taken instead.
    expect(spec.containers[0]?.env.map(({ name }) => name)).not.toContain("bgp_peers");
  });

  test.each(["ghcr.io/kube-vip/kube-vip:v0.9.1", "ghcr.io/kube-vip/kube-vip:v1.0.0"])(
    "stands in the pod of %s, which reads no file",
    image => {
      expect(manifest(peers, image)).toContain('"169.254.255.1:65530:Secret12345:true"');
      expect(manifest(peers, image)).not.toContain("config-file");
    },
  );
});
