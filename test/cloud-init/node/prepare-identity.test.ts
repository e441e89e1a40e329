import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { FakeMachine, metadata, neighbor, patient } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => void (machine = await FakeMachine.boot()));
afterEach(() => machine.end());

describe("metadata", () => {
  test("is asked again until it knows the private address", async () => {
    machine.setNode(patient(machine.url));
    machine.answers = [undefined, "not JSON", {}, metadata({ network: { addresses: [] } }), metadata()];

    expect((await machine.step("metadata")).code).toBe(0);
    expect(JSON.parse(machine.read("var/lib/rackplane/metadata.json"))).toMatchObject({ hostname: "demo-cp-0" });
  });

  test("past its deadline the step says what it asked and what the answer was", async () => {
    machine.answers = [undefined];

    expect((await machine.step("metadata")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/^metadata failed waited 1 s for an answer of http:\S+\/metadata .*503/);
  });

  test("an answer without a private address is no answer", async () => {
    machine.answers = [metadata({ network: { addresses: [{ address_family: 4, public: true, management: true }] } })];

    expect((await machine.step("metadata")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/without a hostname and a managed private IPv4 address/);
  });

  test("at a reboot where the service stays silent the last answer counts, and that is said", async () => {
    await machine.step("metadata");
    await machine.silence();

    expect((await machine.step("metadata")).code).toBe(0);
    expect(machine.progress().at(-1)).toMatch(/is silent since 1 s; going on with its answer of \d{4}-/);
  });

  test("a machine that calls itself something else is refused", async () => {
    machine.write("hostname", "localhost\n");

    expect((await machine.step("metadata")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/host name is 'localhost', but \S+ calls it 'demo-cp-0': set it with/);
  });

  test("a full name and its short form are the same machine", async () => {
    machine.write("hostname", "demo-cp-0.example.com\n");

    expect((await machine.step("metadata")).code).toBe(0);
  });
});

describe("bgp-neighbors", () => {
  const neighbors = async (...answers: unknown[]) => {
    machine.answers = answers.map(bgp_neighbors => metadata({ bgp_neighbors }));
    await machine.step("metadata");
    return machine.step("bgp-neighbors");
  };

  test("absent, null and [] all mean not yet; then they are there", async () => {
    machine.setNode(patient(machine.url));

    expect((await neighbors(undefined, null, [], [neighbor()])).code).toBe(0);
    expect(machine.progress()).toContainEqual(expect.stringMatching(/^bgp-neighbors wait an IPv4 entry/));
    expect(machine.machineJson()).toEqual({
      name: "demo-cp-0",
      address: "10.70.17.9",
      gateway: "10.70.17.8",
      localAs: 65000,
      routerId: "10.70.17.9",
      peers: [
        { address: "169.254.255.1", as: 65530, password: null, multihop: true },
        { address: "169.254.255.2", as: 65530, password: null, multihop: true },
      ],
    });
  });

  test("an IPv6 neighbour that comes first is waited past, and never a peer", async () => {
    const v6 = neighbor({ address_family: 6, peer_ips: ["fc00::e", "fc00::f"] });

    machine.setNode(patient(machine.url));

    expect((await neighbors([v6], [v6, neighbor()])).code).toBe(0);
    expect(machine.machineJson().peers).toHaveLength(2);
  });

  test("past its deadline the step says what the metadata held and what to check", async () => {
    expect((await neighbors([])).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/bgp_neighbors is \[\]; check that the project has local BGP enabled/);
  });

  test("an MD5 password reaches machine.json, and no other program or message", async () => {
    const { code, stderr } = await neighbors([neighbor({ md5_enabled: true, md5_password: "Secret12345" })]);

    expect(code).toBe(0);
    expect(machine.machineJson().peers).toMatchObject([{ password: "Secret12345" }, { password: "Secret12345" }]);
    expect(machine.mode("var/lib/rackplane/machine.json")).toBe("600");
    expect(stderr + machine.read("calls")).not.toContain("Secret12345");
  });

  test("a password that is not enabled is not used", async () => {
    await neighbors([neighbor({ md5_enabled: false, md5_password: "Secret12345" })]);

    expect(machine.machineJson().peers).toMatchObject([{ password: null }, { password: null }]);
  });

  test("a password that kube-vip's list of peers cannot hold is refused without being told", async () => {
    const { code, stderr } = await neighbors([neighbor({ md5_enabled: true, md5_password: "Sec:ret,1" })]);

    expect(code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/holds ':', ',' or '\/'/);
    expect(stderr).not.toContain("Sec:ret");
  });

  test("in a legacy site the peer is the private gateway, one hop away", async () => {
    await neighbors([neighbor({ multihop: false, peer_ips: ["10.70.17.8"] })]);

    expect(machine.machineJson().peers).toEqual([
      { address: "10.70.17.8", as: 65530, password: null, multihop: false },
    ]);
  });

  test("a neighbour without its AS is refused", async () => {
    expect((await neighbors([neighbor({ customer_as: undefined })])).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/bgp_neighbors lacks customer_as or peer_as/);
  });
});
