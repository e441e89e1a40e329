import { describe, expect, test } from "vitest";
import { ARP, BALANCERS, KEEPALIVED, endpoint, host, hosts, overSsh, parse, refuses } from "./samples";

const HTTPS = { name: "https", port: 443, targets: ["10.0.0.50:443"] };
const pair = (fields: object) => endpoint(BALANCERS, fields);
const fronting = (...frontends: object[]) => pair({ frontends });

describe("what balancers front besides", () =>
  refuses([
    [
      "a frontend of another kind of endpoint",
      endpoint(ARP, { frontends: [HTTPS] }),
      [
        "endpoint.frontends: no such setting; expected kind, address, prefix, port, interface, leaseSeconds, renewSeconds, retrySeconds, probeSeconds, image or nodeLocalBalancer",
      ],
    ],
    [
      "a word for the list",
      pair({ frontends: "https" }),
      ['endpoint.frontends: found "https", expected a list of frontends, each with name, port and targets'],
    ],
    [
      "all that is wrong with three frontends, at once,",
      fronting(
        { name: "Web", port: 0, targets: ["10.0.0.50"] },
        { name: "web", port: 443, targets: [], check: "yes" },
        { name: "web", port: 443, targets: ["10.0.0.50:80", "10.0.0.50:80"], targetPort: 80 },
      ),
      [
        'endpoint.frontends[0].name: found "Web", expected a DNS label: a-z, 0-9 and inner "-"',
        "endpoint.frontends[0].port: found 0, expected a TCP port, 1 to 65535",
        'endpoint.frontends[0].targets[0]: found "10.0.0.50", expected an IPv4 address and a port, such as "10.0.0.50:5000"',
        'endpoint.frontends[1].check: found "yes", expected true or false',
        "endpoint.frontends[1].targets: found an empty list, expected one host or more",
        'endpoint.frontends[2].name: found "web", the name of frontends[1] too; expected another',
        "endpoint.frontends[2].port: found 443, the port of frontends[1] too; expected another",
        'endpoint.frontends[2].targets[1]: found "10.0.0.50:80" twice, expected each host once',
        "endpoint.frontends[2].targetPort: found 80 with a list of hosts, expected none; each host has its port in the list",
      ],
    ],
    [
      "the API's own port",
      fronting({ ...HTTPS, port: 6443 }),
      ["endpoint.frontends[0].port: found 6443, the port of endpoint.port; expected one that nothing else has"],
    ],
    [
      "the statistics' port",
      pair({ statistics: { port: 443 }, frontends: [HTTPS] }),
      ["endpoint.frontends[0].port: found 443, the port of endpoint.statistics; expected one that nothing else has"],
    ],
    [
      "sshd's port",
      fronting({ ...HTTPS, port: 22 }),
      ["endpoint.frontends[0].port: found 22, the port of sshd; expected one that nothing else has"],
    ],
    [
      "sshd's port of one of the two",
      pair({
        machines: { kind: "ssh", hosts: [host(8, { port: 2222 }), host(9)] },
        frontends: [{ ...HTTPS, port: 2222 }],
      }),
      ["endpoint.frontends[0].port: found 2222, the port of sshd; expected one that nothing else has"],
    ],
    [
      "a circle by way of the VIP",
      fronting({ ...HTTPS, targets: ["10.0.0.10:443"] }),
      [
        'endpoint.frontends[0].targets[0]: found "10.0.0.10:443", at the balancers themselves; expected a host behind them',
      ],
    ],
    [
      "a circle by way of a balancer",
      fronting({ ...HTTPS, targets: ["10.0.0.9:443"] }),
      [
        'endpoint.frontends[0].targets[0]: found "10.0.0.9:443", at the balancers themselves; expected a host behind them',
      ],
    ],
    [
      "workers that there are not",
      fronting({ ...HTTPS, targets: "workers" }),
      [
        'endpoint.frontends[0].targets: found "workers", and there are none; expected workers, or "controlPlane" or a list of hosts here',
      ],
    ],
    [
      "targets of another word",
      fronting({ ...HTTPS, targets: "nodes" }),
      [
        'endpoint.frontends[0].targets: found "nodes", expected workers, controlPlane or a list of hosts, each an IPv4 address and a port, such as "10.0.0.50:5000"',
      ],
    ],
    [
      "frontends of nginx",
      pair({ balancer: "nginx", frontends: [HTTPS] }),
      ["endpoint.frontends: found some with the balancer nginx, expected none; HAProxy alone has them"],
    ],
  ]));

describe("how balancers are looked at", () =>
  refuses([
    [
      "a page at every address",
      pair({ statistics: { address: "0.0.0.0" } }),
      [
        'endpoint.statistics.address: found "0.0.0.0", every address of the machines, expected a private address that each of the machines has, such as 127.0.0.1; the page has no password',
      ],
    ],
    [
      "a page at a public address",
      pair({ statistics: { address: "203.0.113.7" } }),
      [
        'endpoint.statistics.address: found "203.0.113.7", a public address, expected a private address that each of the machines has, such as 127.0.0.1; the page has no password',
      ],
    ],
    [
      "a page at the VIP",
      pair({ statistics: { address: "10.0.0.10" } }),
      [
        'endpoint.statistics.address: found "10.0.0.10", the VIP, which one of the machines has at a time; expected a private address that each of the machines has, such as 127.0.0.1',
      ],
    ],
    [
      "a page at the API's port",
      pair({ statistics: { port: 6443 } }),
      [
        "endpoint.statistics.port: found 6443, the port of endpoint.port; expected one that nothing else has, such as 8080",
      ],
    ],
    [
      "a page at the API servers' port on the same machines",
      endpoint(KEEPALIVED, { statistics: { port: 6444 } }),
      [
        "endpoint.statistics.port: found 6444, the port of endpoint.apiServerPort; expected one that nothing else has, such as 8080",
      ],
    ],
    [
      "a page and a log of nginx",
      pair({ balancer: "nginx", statistics: {}, connectionLog: true }),
      [
        "endpoint.statistics: found it with the balancer nginx, expected none; HAProxy alone has it",
        "endpoint.connectionLog: found it with the balancer nginx, expected none; HAProxy alone has it",
      ],
    ],
    ["a word for traps", pair({ snmpTraps: "yes" }), ['endpoint.snmpTraps: found "yes", expected true or false']],
  ]));

test("a pair fronts nothing more and shows nothing unless it is asked to", () => {
  expect(parse(endpoint(BALANCERS)).endpoint).toMatchObject({ frontends: [], connectionLog: false, snmpTraps: false });
  expect(parse(endpoint(BALANCERS)).endpoint).not.toHaveProperty("statistics");
  expect(parse(pair({ statistics: {} })).endpoint).toMatchObject({ statistics: { port: 8080 } });
  expect(
    parse(
      overSsh({
        endpoint: { ...BALANCERS, frontends: [{ ...HTTPS, targets: "workers" }] },
        workers: [{ name: "w", machines: hosts(21) }],
      }),
    ).endpoint,
  ).toMatchObject({ frontends: [{ name: "https", port: 443, targets: "workers", check: true }] });
});
