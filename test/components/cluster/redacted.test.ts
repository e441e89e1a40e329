import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, test } from "vitest";
import { REDACTED, redacted } from "../../../components/redacted";
import {
  ARP,
  BALANCERS,
  BGP,
  KEEPALIVED,
  METAL,
  PRIVATE_KEY,
  PUBLIC_KEY,
  host,
  overSsh,
  parse,
} from "../config/samples";
import { cluster, lab, MD5_PASSWORD } from "./lab";
import { texts } from "./values";

const ssh = { publicKey: PUBLIC_KEY, privateKey: PRIVATE_KEY };
const VRRP_PASSWORD = "vrrpw0rd";
const BGP_PASSWORD = "Sessions0f65001";

/** A configuration with each secret that a person can give. */
const SECRETIVE: Readonly<Record<string, object>> = {
  "Equinix Metal": { ssh, machines: { ...METAL, project: { name: "lab", bgp: { md5Password: MD5_PASSWORD } } } },
  keepalived: { ssh, ...overSsh({ endpoint: { ...KEEPALIVED, password: VRRP_PASSWORD } }) },
  balancers: { ssh, ...overSsh({ endpoint: { ...BALANCERS, password: VRRP_PASSWORD } }) },
  "BGP neighbours of all": {
    ssh,
    ...overSsh({ endpoint: { ...BGP, peers: [{ ...BGP.peers[0], md5Password: BGP_PASSWORD }] } }),
  },
  "BGP neighbours of one": {
    ssh,
    ...overSsh({
      endpoint: BGP,
      machines: {
        kind: "ssh",
        hosts: [host(11, { peers: [{ ...BGP.peers[0], md5Password: BGP_PASSWORD }] }), host(12), host(13)],
      },
    }),
  },
};
const SECRETS = [PRIVATE_KEY.split("\n")[1] ?? "", MD5_PASSWORD, VRRP_PASSWORD, BGP_PASSWORD];
const leaks = (value: unknown): string[] => texts(value).filter(text => SECRETS.some(secret => text.includes(secret)));

describe("what the component registers of its configuration", () => {
  test.each(Object.entries(SECRETIVE))("holds no secret: %s", (_what, args) => {
    expect(leaks(args).length).toBeGreaterThan(0);
    const shown = redacted(parse(args));
    expect(leaks(shown)).toEqual([]);
    expect(texts(shown)).toContain(REDACTED);
    // Plain data: nothing that would be opened when it is written to the state.
    expect(JSON.parse(JSON.stringify(shown))).toEqual(shown);
  });

  test("holds no secret that is known later", () => {
    const shown = redacted(parse({ ssh: { ...ssh, privateKey: pulumi.secret(PRIVATE_KEY) }, ...overSsh() }));
    expect(shown.ssh).toEqual({ user: "root", hostKeys: "vouched", publicKey: PUBLIC_KEY, privateKey: REDACTED });
  });

  test("holds no private key that was put where none belongs", () => {
    const shown = redacted(parse({ ssh, ...overSsh({ kubelet: { note: PRIVATE_KEY } }) }));
    expect(shown.kubelet).toEqual({ note: REDACTED });
  });

  test("tells a policy what is asked for, defaults included", async () => {
    const { find } = await lab();
    expect(find("lab").inputs).toMatchObject({
      kubernetesVersion: "1.34.3",
      controlPlane: { count: 3, schedulable: false },
      machines: { kind: "equinix-metal", plan: "c3.small.x86" },
      endpoint: { kind: "kube-vip-bgp", port: 6443 },
      ssh: { user: "root", publicKey: PUBLIC_KEY, privateKey: REDACTED },
      workers: [],
    });
  });

  test("is the spec, of machines over SSH too", async () => {
    const args = { ...overSsh({ endpoint: ARP }), ssh };
    const { find } = await cluster(args);
    expect(find("lab").inputs).toEqual(redacted(parse(args, { name: "lab" })));
    expect(find("lab").inputs).toMatchObject({
      controlPlane: { count: 3 },
      machines: { kind: "ssh" },
      endpoint: { kind: "kube-vip-arp", address: ARP.address },
    });
  });
});

test("every type of argument has a name in the library", () => {
  const components = join(__dirname, "../../../components");
  const index = readFileSync(join(components, "index.ts"), "utf8");
  const named = readdirSync(join(components, "config"), { recursive: true, encoding: "utf8" })
    .filter(file => file.endsWith(".ts"))
    .flatMap(file => [
      ...readFileSync(join(components, "config", file), "utf8").matchAll(/^export (?:interface|type) (\w+Args)\b/gm),
    ])
    .map(([, name]) => name ?? "");
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter(name => !new RegExp(`\\b${name}\\b`).test(index))).toEqual([]);
});
