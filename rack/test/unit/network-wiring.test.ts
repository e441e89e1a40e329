import { describe, expect, it } from "vitest";
import { wiring } from "../../network/links";
import { hostsFile, resolvFile } from "../../network/namespaces";
import { partitionRules } from "../../network/partition";
import { silenceRules } from "../../network/silence";
import { addressesOf, lanPlace } from "../../topology";

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

describe("a machine that exists", () => {
  const bare = {
    id: "6f1b0c1e-0000-4000-8000-000000000003",
    network: "lan",
    hostname: "arp-cp-0",
    address: "10.71.0.21",
    mac: "02:00:00:71:00:15",
    authorizedKey: "ssh-ed25519 AAAA",
  } as const;

  it("is on a bridge with its like, and has one address and one gateway", () => {
    expect(wiring(bare, "rackplane-m-arp-cp-0")).toEqual({
      router: [
        "link add b21 type veth peer name eth0 address 02:00:00:71:00:15 netns rackplane-m-arp-cp-0",
        "link set b21 master lan up",
      ],
      machine: ["addr add 10.71.0.21/24 dev eth0", "link set eth0 up", "route add default via 10.71.0.1"],
    });
  });
  it("falls silent on the bridge, where its frames never meet the router's own rules", () => {
    expect(silenceRules(bare, "all")).toContain('add element bridge rackplane_silence received { "b21" }');
    expect(silenceRules(machine, "all")).toContain('add element inet rackplane_silence sent { "m2" }');
    expect(silenceRules(bare, "all")).not.toContain("delete element");
    expect(silenceRules(bare, "none")).toMatch(
      /delete element bridge rackplane_silence sent \{ "b21" \}\n.*\ndelete element bridge rackplane_silence received \{ "b21" \}\n$/,
    );
  });
  it("is not heard and hears on where only what it sends is lost", () => {
    expect(silenceRules(bare, "sent").match(/^delete element.*$/gm)).toEqual([
      'delete element bridge rackplane_silence received { "b21" }',
    ]);
  });
  it("cannot have an address outside of the rack, nor the gateway's", () => {
    for (const address of ["10.71.0.1", "10.71.0.255", "10.71.1.4", "10.71.0.021", "10.71.0.5; reboot"]) {
      expect(() => lanPlace(address)).toThrow(/expected one of 10.71.0.2 to 10.71.0.254/);
    }
    expect(lanPlace("10.71.0.254")).toBe(254);
  });
});

describe("names in the rack", () => {
  it("all lead to the rack's own services", () => {
    expect(hostsFile(["demo-cp-2"])).toBe(
      [
        "127.0.0.1 localhost",
        "127.0.1.1 demo-cp-2",
        "::1 localhost ip6-localhost ip6-loopback",
        "192.0.2.2 api.equinix.com metadata.platformequinix.com pkgs.k8s.io registry.k8s.io ghcr.io",
        "",
      ].join("\n"),
    );
  });
  it("have no loopback name server, which would make CoreDNS ask itself", () => {
    expect(resolvFile("10.70.0.4")).toMatch(/^nameserver 10\.70\.0\.4\n/);
  });
});

describe("a partition", () => {
  it("drops both ways between the groups and nothing within one", () => {
    const rules = partitionRules("inet", [["m0"], ["m1", "m2"]]);
    expect(rules).toContain('iifname { "m0" } oifname { "m1", "m2" } drop');
    expect(rules).toContain('iifname { "m1", "m2" } oifname { "m0" } drop');
    expect(rules.match(/drop/g)).toHaveLength(2);
  });
});
