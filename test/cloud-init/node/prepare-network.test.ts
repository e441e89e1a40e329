import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { FakeMachine } from "./prepare-machine";

let machine: FakeMachine;
beforeEach(async () => void (machine = await FakeMachine.boot()));
afterEach(() => machine.end());

describe("peer-routes", () => {
  const peers = (...addresses: string[]) =>
    machine.write(
      "var/lib/rackplane/machine.json",
      JSON.stringify({ address: "10.70.17.9", gateway: "10.70.17.8", peers: addresses.map(address => ({ address })) }),
    );

  test("every peer is routed through the private gateway, from the private address", async () => {
    peers("169.254.255.1", "169.254.255.2");

    expect((await machine.step("peer-routes")).code).toBe(0);
    expect(machine.calls("ip route replace")).toEqual([
      "ip route replace 169.254.255.1/32 via 10.70.17.8 src 10.70.17.9",
      "ip route replace 169.254.255.2/32 via 10.70.17.8 src 10.70.17.9",
    ]);
  });

  test("routes that are there are left alone", async () => {
    peers("169.254.255.1");
    await machine.step("peer-routes");
    await machine.step("peer-routes");

    expect(machine.calls("ip route replace")).toHaveLength(1);
  });

  test("in a legacy site the peer is the gateway, on the link, and needs no route", async () => {
    peers("10.70.17.8");
    machine.write("routes/10.70.17.8", '[{"dst":"10.70.17.8","dev":"bond0","prefsrc":"10.70.17.9"}]');

    expect((await machine.step("peer-routes")).code).toBe(0);
    expect(machine.calls("ip route replace")).toEqual([]);
  });

  test("a route that does not take effect fails the step, with the way the kernel takes instead", async () => {
    peers("169.254.255.1");
    machine.write("overruled", "");

    expect((await machine.step("peer-routes")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(
      /sends 169\.254\.255\.1 this way: .* src 198\.51\.100\.41 .*; expected from 10\.70\.17\.9 via 10\.70\.17\.8/,
    );
  });
});

describe("kernel", () => {
  test("forwards packets, loads the modules and does not swap", async () => {
    expect((await machine.step("kernel")).code).toBe(0);

    expect(machine.read("proc/sys/net/ipv4/ip_forward").trim()).toBe("1");
    expect(machine.calls("modprobe")).toEqual(["modprobe overlay", "modprobe br_netfilter"]);
    expect(machine.calls("swapoff")).toEqual(["swapoff -a"]);
  });

  test("a setting that does not hold fails the step", async () => {
    machine.remove("proc/sys/net/ipv4/ip_forward");
    machine.link("proc/sys/net/ipv4/ip_forward", "/dev/null");

    expect((await machine.step("kernel")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(/net\.ipv4\.ip_forward is '' and not 1 after setting it/);
  });

  test("a module that cannot be loaded is told; bridged packets are set where the kernel has the setting", async () => {
    machine.write("broken/modprobe", "modprobe: FATAL: not found\n");
    machine.write("proc/sys/net/bridge/bridge-nf-call-iptables", "0\n");

    expect((await machine.step("kernel")).code).toBe(0);
    expect(machine.progress()).toContainEqual(expect.stringContaining("module overlay cannot be loaded; going on"));
    expect(machine.read("proc/sys/net/bridge/bridge-nf-call-iptables").trim()).toBe("1");
  });

  test("in a container the host's modules and swap are left alone", async () => {
    machine.write("container", "");

    expect((await machine.step("kernel")).code).toBe(0);
    expect([...machine.calls("modprobe"), ...machine.calls("swapoff")]).toEqual([]);
  });
});

describe("cni", () => {
  const env = (lines: Record<string, string>) =>
    machine.write(
      "run/flannel/subnet.env",
      Object.entries(lines)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(""),
    );
  const flannel = {
    FLANNEL_NETWORK: "10.244.0.0/16",
    FLANNEL_SUBNET: "10.244.3.1/24",
    FLANNEL_MTU: "1450",
    FLANNEL_IPMASQ: "true",
  };

  test("containerd learns the machine's subnet, without the host bits that host-local refuses", async () => {
    env(flannel);

    expect((await machine.step("cni")).code).toBe(0);
    const conflist = JSON.parse(machine.read("etc/cni/net.d/10-rackplane.conflist")) as { plugins: object[] };
    expect(conflist.plugins).toMatchObject([
      {
        type: "bridge",
        isDefaultGateway: true,
        mtu: 1450,
        ipMasq: false,
        hairpinMode: true,
        ipam: { type: "host-local", ranges: [[{ subnet: "10.244.3.0/24" }]], routes: [{ dst: "10.244.0.0/16" }] },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ]);
  });

  test.each([
    ["10.244.255.129/25", "10.244.255.128/25"],
    ["10.250.17.1/20", "10.250.16.0/20"],
    ["172.16.0.1/12", "172.16.0.0/12"],
  ])("%s is the subnet %s", async (given, subnet) => {
    env({ ...flannel, FLANNEL_SUBNET: given });

    await machine.step("cni");
    expect(machine.read("etc/cni/net.d/10-rackplane.conflist")).toContain(`"subnet": "${subnet}"`);
  });

  test("the bridge masquerades when flannel does not", async () => {
    env({ ...flannel, FLANNEL_IPMASQ: "false" });

    await machine.step("cni");
    expect(machine.read("etc/cni/net.d/10-rackplane.conflist")).toMatch(/"ipMasq": true/);
  });

  test("is another's business where a person or a chart brings the pod network, flannel's own files among them", async () => {
    env(flannel);
    const node = JSON.parse(machine.read("etc/rackplane/node.json")) as object;
    machine.write("etc/rackplane/node.json", JSON.stringify({ ...node, network: { kind: "manifests" } }));

    expect((await machine.step("cni")).code).toBe(0);
    expect(machine.exists("etc/cni/net.d/10-rackplane.conflist")).toBe(false);
  });

  test("a file that lacks a value is told with what it holds", async () => {
    env({ FLANNEL_NETWORK: "10.244.0.0/16" });

    expect((await machine.step("cni")).code).toBe(1);
    expect(machine.progress().at(-1)).toMatch(
      /subnet\.env has no FLANNEL_SUBNET; it holds: FLANNEL_NETWORK=10\.244\.0\.0\/16/,
    );
    expect(machine.exists("etc/cni/net.d/10-rackplane.conflist")).toBe(false);
  });
});
