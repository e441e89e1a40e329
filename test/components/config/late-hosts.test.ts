import * as pulumi from "@pulumi/pulumi";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HostSpec } from "../../../components/config/spec";
import { ARP, BALANCERS, endpoint, host, hostKey, overSsh, parse, refusal } from "./samples";

// An Output that fails rejects a handful of promises: of its value, of its being known, of its being secret. Pulumi's
// runtime ends the program at the first; here the value's is looked at, and the others are left alone.
type Listener = (reason: unknown, promise: Promise<unknown>) => void;
const others: Listener[] = [];
const refusalsAside: Listener = (reason, promise) => {
  if (!pulumi.InputPropertiesError.isInstance(reason)) others.forEach(listener => listener(reason, promise));
};
beforeAll(() => {
  others.push(...(process.listeners("unhandledRejection") as Listener[]));
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", refusalsAside);
});
afterAll(async () => {
  await new Promise(resolve => setImmediate(resolve));
  process.off("unhandledRejection", refusalsAside);
  others.forEach(listener => process.on("unhandledRejection", listener));
});

/** A value that another resource makes. */
const later = (value: unknown): pulumi.Output<unknown> => pulumi.output(value);
/** A machine all of whose texts another resource makes. */
const made = (n: number, fields: { address?: unknown; hostKey?: unknown; sshHost?: unknown } = {}) =>
  host(n, {
    address: later(fields.address ?? `10.0.0.${n}`),
    hostKey: later(fields.hostKey ?? hostKey(n)),
    ...(fields.sshHost === undefined ? {} : { sshHost: later(fields.sshHost) }),
  });
const machines = (...hosts: object[]) => ({ kind: "ssh", hosts });

const hostsOf = (args: unknown): readonly HostSpec[] => {
  const { machines } = parse(args);
  return "hosts" in machines ? machines.hosts : [];
};

/** What a text is once it is known, or the words it is refused with. */
const known = (text: pulumi.Input<string> | undefined): Promise<string> =>
  Promise.resolve(
    pulumi.Output.isInstance(text) ? (text as unknown as { promise(): Promise<string> }).promise() : (text ?? ""),
  ).catch((error: unknown) => {
    const [, ...lines] = (error as Error).message.split("\n");
    return lines.map(line => line.trim()).join("\n");
  });
/** What is said of the machines of a configuration when all is known. */
const said = async (args: unknown): Promise<string[]> => {
  const texts = await Promise.all(hostsOf(args).flatMap(host => [host.address, host.sshHost, host.hostKey].map(known)));
  return [...new Set(texts.filter(text => text.includes(": ")).flatMap(text => text.split("\n")))];
};

describe("machines that another resource makes", () => {
  test("are machines like others once their texts are known", async () => {
    const hosts = hostsOf(overSsh({ machines: machines(made(11), made(12), made(13, { sshHost: "203.0.113.13" })) }));
    for (const [i, { address, sshHost, hostKey: key }] of hosts.entries()) {
      const n = i + 11;
      expect([address, sshHost, key].map(text => pulumi.Output.isInstance(text))).toEqual([true, true, true]);
      expect(await Promise.all([address, sshHost, key].map(known))).toEqual([
        `10.0.0.${n}`,
        n === 13 ? "203.0.113.13" : `10.0.0.${n}`,
        hostKey(n),
      ]);
    }
  });

  test("leave plain values plain, which are checked at once with the rest", () => {
    const [plain] = hostsOf(overSsh({ machines: machines(host(11), made(12), made(13)) }));
    expect(plain).toMatchObject({ address: "10.0.0.11", sshHost: "10.0.0.11", hostKey: hostKey(11) });
    const { problems } = refusal(overSsh({ machines: machines(host(11, { address: "8.8.8.8" }), made(12), made(13)) }));
    expect(problems.map(({ propertyPath }) => propertyPath)).toEqual(["machines.hosts[0].address"]);
  });

  test.each([
    [
      "an address that is public",
      overSsh({ machines: machines(host(11), host(12), made(13, { address: "8.8.8.8" })) }),
      'machines.hosts[2].address: found "8.8.8.8", a public address, expected one inside 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10; etcd listens there. Give the public one as sshHost',
    ],
    [
      "a host key that is none",
      overSsh({ machines: machines(host(11), host(12), made(13, { hostKey: "SHA256:abc" })) }),
      "machines.hosts[2].hostKey: found a fingerprint, expected the key itself; ssh-keyscan prints it",
    ],
    [
      "a number for an address",
      overSsh({ machines: machines(host(11), host(12), made(13, { address: 7 })) }),
      "machines.hosts[2].address: found 7, expected a private IPv4 address",
    ],
    [
      "the address of a machine that was known before",
      overSsh({ machines: machines(host(11), host(12), made(13, { address: "10.0.0.11" })) }),
      'machines.hosts[2].address: found "10.0.0.11", that of machines.hosts[0], a control-plane machine; expected another address',
    ],
    [
      "the host key of another one that is made",
      overSsh({ machines: machines(host(11), made(12), made(13, { hostKey: hostKey(12) })) }),
      `machines.hosts[2].hostKey: found "${hostKey(12).slice(0, 32)}...", that of machines.hosts[1], a control-plane machine; expected another key; cloned machines share theirs: remove /etc/ssh/ssh_host_*, run ssh-keygen -A and restart sshd on one`,
    ],
    [
      "the VIP",
      overSsh({ endpoint: { ...ARP, address: "10.0.0.13" }, machines: machines(host(11), host(12), made(13)) }),
      'endpoint.address: found "10.0.0.13", an address of machines.hosts[2]; expected one that no machine has, as it moves between machines',
    ],
    [
      "an address outside the VIP's subnet",
      overSsh({ machines: machines(host(11), host(12), made(13, { address: "10.0.9.13" })) }),
      `machines.hosts[2].address: found "10.0.9.13", outside the VIP's subnet 10.0.0.0/24; expected all in one subnet, as the VIP moves by ARP. Set endpoint.prefix if that is larger`,
    ],
    [
      "an address of pods",
      overSsh({
        endpoint: { ...ARP, prefix: 8 },
        machines: machines(host(11), host(12), made(13, { address: "10.244.0.13" })),
      }),
      'machines.hosts[2].address: found "10.244.0.13", inside network.podCidr "10.244.0.0/16"; expected ranges apart, choose another podCidr',
    ],
  ])("are refused with %s, in the words of a plain value", async (_what, args, line) => {
    expect(await said(args)).toEqual([line]);
  });

  test("may be balancers, and workers in a pool", async () => {
    const spec = parse(endpoint(BALANCERS, { machines: machines(made(8), made(9, { address: "10.0.0.8" })) }));
    const balancers = spec.endpoint.kind === "balancers" ? spec.endpoint.machines.hosts : [];
    expect(await known(balancers[0]?.address)).toBe("10.0.0.8");
    expect(await known(balancers[1]?.address)).toBe(
      'endpoint.machines.hosts[1].address: found "10.0.0.8", that of endpoint.machines.hosts[0], a balancer; expected another address',
    );
    const pool = parse(overSsh({ workers: [{ name: "w", machines: machines(made(21, { address: "10.0.0.11" })) }] }));
    const workers = pool.workers[0]?.machines;
    expect(await known(workers !== undefined && "hosts" in workers ? workers.hosts[0]?.address : "")).toBe(
      'workers[0].machines.hosts[0].address: found "10.0.0.11", that of machines.hosts[0], a control-plane machine; expected another address',
    );
  });
});
