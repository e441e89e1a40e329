import * as pulumi from "@pulumi/pulumi";
import { afterEach, expect, test, vi } from "vitest";
import { valueOf } from "../../../components/machines/hooks";
import { booted, kept, tellKept } from "../../../components/machines/equinix-metal/kept";

const machine = { first: "lab-cp-1", hostname: "lab-cp-1-g2", generation: 2 };
const runs = { plan: "c3.small.x86", operatingSystem: "ubuntu_24_04" } as const;

test("a machine that is as the configuration says is not named", () => {
  expect(kept(machine, runs, runs)).toBeUndefined();
  expect(booted([])).toBeUndefined();
});

test("a machine that keeps another plan or operating system is named, with the generation that has it replaced", () => {
  expect(kept(machine, runs, { ...runs, plan: "m3.large.x86" })).toBe(
    `lab-cp-1-g2 has plan c3.small.x86, where the configuration says m3.large.x86; a machine that runs keeps its own. To have it replaced in the next 'pulumi up', set rackplane:generations to {"lab-cp-1":3}`,
  );
  expect(kept({ ...machine, generation: 0 }, runs, { plan: "m3.large.x86", operatingSystem: "debian_13" })).toBe(
    `lab-cp-1-g2 has plan c3.small.x86, where the configuration says m3.large.x86 and operatingSystem ubuntu_24_04, where the configuration says debian_13; a machine that runs keeps its own. To have it replaced in the next 'pulumi up', set rackplane:generations to {"lab-cp-1":1}`,
  );
});

test("machines that booted with other user data are named together, and that they have what counts", () => {
  const named = (i: number) => ({ first: `lab-cp-${i}`, hostname: `lab-cp-${i}`, generation: i });
  expect(booted([named(0), named(1)])).toBe(
    `lab-cp-0, lab-cp-1 booted with other user data than a new machine would. Nothing has to be done: what differs came with their grants. To have them replaced in the next 'pulumi up', set rackplane:generations to {"lab-cp-0":1,"lab-cp-1":2}`,
  );
  expect(booted(Array.from({ length: 7 }, (_, i) => named(i)))).toBe(
    "lab-cp-0, lab-cp-1, lab-cp-2, lab-cp-3, lab-cp-4, 2 more machines booted with other user data than a new machine would. Nothing has to be done: what differs came with their grants. To have every machine of the cluster replaced in the next 'pulumi up', set rackplane:generation to 7",
  );
});

/** What is said, and how loudly, of one device with these outputs; `preview` and `up` as the engine runs the program. */
async function said(outputs: { plan?: string; userData?: string }, run: "preview" | "up"): Promise<string[]> {
  const lines: string[] = [];
  const noting = (how: string) => async (words: string) => void lines.push(`${how}: ${words}`);
  vi.spyOn(pulumi.log, "warn").mockImplementation(noting("warning"));
  vi.spyOn(pulumi.log, "info").mockImplementation(noting("info"));
  const mocks = { newResource: () => ({ id: "", state: {} }), call: () => ({}) };
  await pulumi.runtime.setMocks(mocks, "rackplane", "test", run === "preview");
  const { plan, operatingSystem, userData } = { ...runs, userData: "#cloud-config", ...outputs };
  const device = {
    plan: pulumi.output(plan),
    operatingSystem: pulumi.output(operatingSystem),
    userData: pulumi.output<string | undefined>(userData),
  };
  await valueOf(
    tellKept(
      runs,
      [{ ...machine, device, userData: pulumi.output("#cloud-config") }],
      new pulumi.ComponentResource("test:index:Home", "home"),
    ),
  );
  return lines;
}

afterEach(() => vi.restoreAllMocks());

test("another plan is a warning, in a preview and in an up", async () => {
  for (const run of ["preview", "up"] as const)
    expect(await said({ plan: "m3.large.x86" }, run)).toEqual([
      expect.stringMatching(
        /^warning: lab-cp-1-g2 has plan m3\.large\.x86, where the configuration says c3\.small\.x86; /,
      ),
    ]);
});

test("other user data is told by a preview alone, and what is as it should be by none", async () => {
  expect(await said({ userData: "#cloud-config of 2025" }, "up")).toEqual([]);
  expect(await said({ userData: "#cloud-config of 2025" }, "preview")).toEqual([
    expect.stringMatching(/^info: lab-cp-1-g2 booted with other user data than a new machine would\. /),
  ]);
  expect(await said({}, "preview")).toEqual([]);
});
