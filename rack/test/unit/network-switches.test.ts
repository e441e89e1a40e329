import { describe, expect, it } from "vitest";
import { birdConfig, protocolName, type SwitchPlan } from "../../network/bird-config";
import { configureRefusal, parseProtocols, parseRoutes } from "../../network/bird-output";
import type { SwitchSession } from "../../host";

const plan: SwitchPlan = { name: "a", address: "169.254.255.1", kernelTable: 254, logFile: "/state/a.log" };
const second: SwitchPlan = { name: "b", address: "169.254.255.2", kernelTable: 101, logFile: "/state/b.log" };
const session: SwitchSession = {
  name: "demo-cp-0",
  address: "10.70.0.1",
  gateway: "10.70.0.0",
  md5: "s3cret",
  legacy: false,
};
const legacy: SwitchSession = {
  ...session,
  name: "demo-cp-1",
  address: "10.70.0.3",
  gateway: "10.70.0.2",
  legacy: true,
};

describe("a switch's configuration", () => {
  it("has a multihop session with MD5 for each machine and lets in only what was granted", () => {
    expect(birdConfig(plan, [session], ["203.0.113.2/32", "203.0.113.1/32"])).toMatchInlineSnapshot(`
      "router id 169.254.255.1;
      log "/state/a.log" all;
      debug protocols { states };
      protocol device { scan time 2; }
      protocol direct { ipv4; }
      protocol kernel {
        merge paths on limit 32;
        ipv4 { import none; export where source = RTS_BGP; };
      }
      filter granted {
        if net ~ [ 203.0.113.1/32, 203.0.113.2/32 ] then accept;
        reject;
      }
      template bgp customer {
        hold time 90; keepalive time 30;
        passive on; strict bind yes;
        error wait time 1, 2; error forget time 3;
        ipv4 { import table on; import filter granted; export none; };
      }
      protocol bgp s_demo_cp_0 from customer {
        description "demo-cp-0";
        local 169.254.255.1 as 65530;
        neighbor 10.70.0.1 as 65000;
        multihop 5;
        password "s3cret";
      }
      "
    `);
  });
  it("lets in the parts of a block, which a machine announces address by address, too", () => {
    expect(birdConfig(plan, [session], ["203.0.113.2/32", "203.0.113.224/27"])).toContain(
      "if net ~ [ 203.0.113.2/32, 203.0.113.224/27+ ] then accept;",
    );
  });
  it("rejects everything while no prefix is granted", () => {
    expect(birdConfig(plan, [session], [])).toContain("filter granted {\n  # no prefix is granted yet\n  reject;\n}");
  });
  it("gives a legacy machine one session, with its private gateway, on the first switch only", () => {
    const first = birdConfig(plan, [legacy], []);
    expect(first).toContain("local 10.70.0.2 as 65530;\n  neighbor 10.70.0.3 as 65000;\n  direct;");
    expect(birdConfig(second, [legacy], [])).not.toContain("protocol bgp");
  });
  it("speaks BFD with the machines that are to have it, at its own address, and with no other", () => {
    const config = birdConfig(plan, [session, { ...session, name: "demo-cp-1", address: "10.70.0.3", bfd: true }], []);
    expect(config).toContain("protocol bfd {\n  strict bind yes;\n  multihop {");
    expect(config.match(/neighbor (.*) as|bfd on/g)).toEqual([
      "neighbor 10.70.0.1 as",
      "neighbor 10.70.0.3 as",
      "bfd on",
    ]);
    expect(birdConfig(plan, [session], [])).not.toContain("bfd");
  });
  it("writes the second switch's routes to a table of their own", () => {
    expect(birdConfig(second, [], [])).toContain("kernel table 101;");
  });
  it("refuses what would end BIRD's quotes, and never prints the password", () => {
    expect(() => birdConfig(plan, [{ ...session, md5: 'x"; }' }], [])).toThrow(/MD5 password must be printable ASCII/);
    expect(() => birdConfig(plan, [{ ...session, md5: 'hunter2"' }], [])).not.toThrow(/hunter2/);
    expect(() => birdConfig(plan, [{ ...session, address: "10.0.0.1; }" }], [])).toThrow(/IPv4 address was expected/);
    expect(() => birdConfig(plan, [], ["0.0.0.0"])).toThrow(/IPv4 prefix/);
  });
  it("spells session names so that BIRD takes them", () => {
    expect(protocolName("demo-cp-0.example")).toBe("s_demo_cp_0_example");
  });
});

describe("what a switch says", () => {
  it("is read into sessions", () => {
    const text = [
      "BIRD 2.0.12 ready.",
      "Name       Proto      Table      State  Since         Info",
      "device1    Device     ---        up     12:00:57.479  ",
      "s_t_cp_0   BGP        ---        up     12:03:28.358  Established   ",
      "s_t_cp_1   BGP        ---        start  12:02:20.940  Passive       ",
      "s_t_cp_2   BGP        ---        start  12:02:20.940  Active        Socket: Connection refused",
      "s_t_cp_3   BGP        ---        down   12:02:20.940  ",
    ].join("\n");
    expect(parseProtocols("a", text)).toEqual([
      { switch: "a", protocol: "s_t_cp_0", state: "Established", established: true },
      { switch: "a", protocol: "s_t_cp_1", state: "Passive", established: false },
      { switch: "a", protocol: "s_t_cp_2", state: "Active", established: false },
      { switch: "a", protocol: "s_t_cp_3", state: "down", established: false },
    ]);
  });
  it("is read into routes with all their paths; an unreachable one has none", () => {
    const text = [
      "BIRD 2.0.12 ready.",
      "Table master4:",
      "203.0.113.1/32       unicast [s_t_cp_0 12:03:28.976] * (100) [AS65000i]",
      "\tvia 10.70.0.3 on m1",
      "                     unicast [s_t_cp_1 12:03:28.976] (100) [AS65000i]",
      "\tvia 10.70.0.1 on m0",
      "203.0.113.2/32       unreachable [s_t_cp_0 12:03:28.976] * (100) [AS65000i]",
    ].join("\n");
    expect(parseRoutes("b", text)).toEqual([
      { switch: "b", prefix: "203.0.113.1/32", nextHops: ["10.70.0.1", "10.70.0.3"] },
      { switch: "b", prefix: "203.0.113.2/32", nextHops: [] },
    ]);
  });
  it("tells a taken configuration from a refused one", () => {
    expect(configureRefusal("BIRD 2.0.12 ready.\nReading configuration from /x\nReconfigured\n")).toBeUndefined();
    expect(configureRefusal("Reconfiguration in progress\n")).toBeUndefined();
    expect(configureRefusal("BIRD 2.0.12 ready.\n/x:3:1 syntax error\n")).toContain("syntax error");
  });
});
