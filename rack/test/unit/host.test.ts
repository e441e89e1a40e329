import { expect, test } from "vitest";
import { hostFindings, isOlder, type HostFacts } from "../../setup/host/findings";

const GOOD: HostFacts = {
  root: true,
  node: "20.20.2",
  go: "1.26.8",
  goNeeded: "1.26.8",
  aptGet: true,
  built: false,
  memoryMiB: 8000,
  freeMiB: { "/root/.cache/rackplane": 20_000, "/var/lib/rackplane-rack": 20_000 },
  refused: {},
  cgroups: undefined,
};

test("a host that has everything is told nothing", () => {
  expect(hostFindings(GOOD)).toEqual([]);
  expect(hostFindings({ ...GOOD, go: "1.21.0" })).toEqual([]);
  expect(hostFindings({ ...GOOD, built: true, freeMiB: { "/root/.cache/rackplane": 5000 } })).toEqual([]);
});

test("all that is missing is told together, each with what was found, expected and to do", () => {
  const findings = hostFindings({
    ...GOOD,
    root: false,
    node: "18.19.0",
    go: undefined,
    aptGet: false,
    memoryMiB: 2000,
    freeMiB: { "/root/.cache/rackplane": 100, "/var/lib/rackplane-rack": 20_000 },
    refused: { "a bridge": "Operation not supported" },
    cgroups: "cgroups, version 2: found the controllers cpu, expected also memory. Do this",
  });
  expect(findings.map(line => line.split(":")[0])).toEqual([
    "user",
    "node",
    "go",
    "apt-get",
    "memory",
    "disk",
    "kernel",
    "cgroups, version 2",
  ]);
  for (const finding of findings) expect(finding).toMatch(/found .*expected |was refused .*expected /);
  expect(findings[5]).toContain("100 MiB free at /root/.cache/rackplane");
});

test.each([
  ["1.9.9", "1.10.0", true],
  ["1.21", "1.21.0", false],
  ["1.26.8", "1.26.8", false],
  ["2.0", "1.30", false],
])("version %s is older than %s: %s", (one, other, older) => {
  expect(isOlder(one, other)).toBe(older);
});
