import { describe, expect, it } from "vitest";
import { PEERS, peerKind } from "../../../bench/failover/peers/peers";
import { haproxyCfg, keepalivedConf } from "../../../bench/failover/peers/source-4";

const machines = ["10.0.0.11", "10.0.0.12", "10.0.0.13"].map(address => ({ address, interface: "eth0" }));
const [first, second] = machines;
if (first === undefined || second === undefined) throw new Error("there are three machines");
const peering = { vip: "10.0.0.100", machines };

describe("a peer", () => {
  it("has a name of its own that is no kind's of ours, and stands on one of these", () => {
    expect(new Set(PEERS.map(({ name }) => name)).size).toBe(PEERS.length);
    for (const peer of PEERS) {
      expect(peer.name).toMatch(/^peer-/);
      expect(peerKind(peer).stack).toBe(`rack-${peer.base}`);
    }
  });
  it("says it in its source's words, with every place filled in", () => {
    for (const peer of PEERS) {
      const { args, input = "" } = peer.put({ ...peering, own: second });
      expect([...args, input].join(" ")).not.toMatch(/\$|ens192|undefined/);
    }
    const [bgp] = PEERS;
    expect(bgp?.put({ ...peering, own: second }).args.join(" ")).toBe(
      "ghcr.io/kube-vip/kube-vip:v1.2.2 --interface lo --address 10.0.0.100 --controlplane --bgp --localAS 65000 --bgpRouterID 10.0.0.12 --bgppeers 169.254.255.1:65530::true,169.254.255.2:65530::true",
    );
  });
});

describe("source 4", () => {
  it("has the first machine as the master, and every other one's address", () => {
    expect(keepalivedConf({ ...peering, own: first })).toMatch(
      /state MASTER\n[^]*priority 100\n[^]*mcast_src_ip 10\.0\.0\.11\n[^]*unicast_peer \{\n10\.0\.0\.12\n10\.0\.0\.13\n\}[^]*10\.0\.0\.100\/24/,
    );
    expect(keepalivedConf({ ...peering, own: second })).toMatch(/state BACKUP\n[^]*priority 50\n/);
  });
  it("leads to all API servers", () => {
    expect(haproxyCfg({ ...peering, own: first }).match(/10\.0\.0\.1\d:6444/g)).toEqual([
      "10.0.0.11:6444",
      "10.0.0.12:6444",
      "10.0.0.13:6444",
    ]);
  });
});
