import { describe, expect, it } from "vitest";
import { wiring } from "../../network/links";
import { hostsFile, resolvFile } from "../../network/namespaces";
import { partitionRules } from "../../network/partition";
import { addressesOf } from "../../topology";

const machine = { id: "6f1b0c1e-0000-4000-8000-000000000002", hostname: "demo-cp-2", index: 2, ...addressesOf(2) };

describe("a machine's cable", () => {
  it("carries a private and a public /31, and routes as a Metal image has them", () => {
    expect(wiring(machine, "rackplane-m-demo-cp-2")).toEqual({
      router: [
        "link add m2 type veth peer name eth0 address 02:00:00:70:00:02 netns rackplane-m-demo-cp-2",
        "addr add 10.70.0.4/31 dev m2",
        "addr add 198.51.100.4/31 dev m2",
        "link set m2 up",
      ],
      machine: [
        "addr add 198.51.100.5/31 dev eth0",
        "addr add 10.70.0.5/31 dev eth0",
        "link set eth0 up",
        "route add default via 198.51.100.4",
        "route add 10.0.0.0/8 via 10.70.0.4 src 10.70.0.5",
      ],
    });
  });
});

describe("names in the rack", () => {
  it("all lead to the rack's own services", () => {
    expect(hostsFile(["demo-cp-2"])).toBe([
      "127.0.0.1 localhost",
      "127.0.1.1 demo-cp-2",
      "::1 localhost ip6-localhost ip6-loopback",
      "192.0.2.2 api.equinix.com metadata.platformequinix.com pkgs.k8s.io registry.k8s.io ghcr.io",
      "",
    ].join("\n"));
  });
  it("have no loopback name server, which would make CoreDNS ask itself", () => {
    expect(resolvFile("10.70.0.4")).toMatch(/^nameserver 10\.70\.0\.4\n/);
  });
});

describe("a partition", () => {
  it("drops both ways between the groups and nothing within one", () => {
    const rules = partitionRules([[0], [1, 2]]);
    expect(rules).toContain('iifname { "m0" } oifname { "m1", "m2" } drop');
    expect(rules).toContain('iifname { "m1", "m2" } oifname { "m0" } drop');
    expect(rules.match(/drop/g)).toHaveLength(2);
  });
});
