import { expect, test } from "vitest";
import { phasesOf, stages } from "../../../bench/times/phases";

test("a first up is told in stages by when its resources were made; what a stack lacks is left out", () => {
  const made = (name: string, second: number, type = "command:remote:Command") => ({
    urn: `urn:pulumi:rack::rackplane::rackplane:index:Cluster$${type}::rack-${name}`,
    created: new Date(second * 1000).toISOString(),
  });
  const resources = [
    made("cp-0", 3, "equinix-metal:index/device:Device"),
    made("cp-0-prepared", 10),
    made("cp-1-prepared", 11),
    made("form", 20),
    made("cp-0-member", 23),
    { urn: "urn:pulumi:rack::rackplane::pulumi:pulumi:Stack::rackplane-rack" },
  ];
  expect(stages(resources, 1000)).toEqual([
    { name: "machines are there", seconds: 2 },
    { name: "machines are prepared", seconds: 8 },
    { name: "first machine formed", seconds: 9 },
    { name: "every member judged", seconds: 3 },
  ]);
});

test("the report at the end of an up is read line by line", () => {
  const output =
    "── report\nmachines\n      0.2 s  tools\n     79.9 s  pulumi up, stack rack\n     80.1 s  all\n\nuse it";
  expect(phasesOf(output)).toEqual([
    { name: "tools", seconds: 0.2 },
    { name: "pulumi up, stack rack", seconds: 79.9 },
    { name: "all", seconds: 80.1 },
  ]);
});
