import { describe, expect, test } from "vitest";
import { generationOf, rentedName } from "../../../components/config/generations";
import { BALANCERS, METAL, given, host, hosts, overSsh, parse, refuses } from "./samples";

const { project: _, ...servers } = METAL;
const workers = [{ name: "general", machines: { ...servers, count: 2 } }];

describe("a generation", () =>
  refuses([
    ["that is no number", given({ generation: "2" }), ['generation: found "2", expected a whole number, 0 to 1000000']],
    ["below zero", given({ generation: -1 }), ["generation: found -1, expected a whole number, 0 to 1000000"]],
    [
      "above a million",
      given({ generations: { "prod-cp-1": 1_000_001 } }),
      ["generations.prod-cp-1: found 1000001, expected a whole number, 0 to 1000000"],
    ],
    [
      "of a machine that is not there",
      given({ generations: { "prod-cp-3": 1 }, workers }),
      ["generations.prod-cp-3: no such machine; did you mean prod-cp-0?"],
    ],
    [
      "of a worker that is not there",
      given({ generations: { "prod-genral-1": 1 }, workers }),
      ["generations.prod-genral-1: no such machine; did you mean prod-general-1?"],
    ],
    [
      "of a rented machine by the name that a generation gave it",
      given({ generations: { "prod-cp-1-g2": 3 } }),
      ["generations.prod-cp-1-g2: no such machine; did you mean prod-cp-1?"],
    ],
    [
      "of a machine over SSH that is called nothing like it",
      overSsh({ generations: { database: 1 } }),
      ["generations.database: no such machine; expected m11, m12 or m13"],
    ],
    [
      "of a balancer",
      overSsh({ endpoint: BALANCERS, generations: { m8: 1 } }),
      ["generations.m8: found a balancer, expected a machine of the cluster; a balancer is no member of it"],
    ],
    [
      "that makes a rented machine's name too long",
      given({ name: "a".repeat(58), generation: 2 }),
      [0, 1, 2].map(
        i =>
          `generation: found 2, which makes "${"a".repeat(58)}-cp-${i}-g2", 66 characters; expected a host name of at most 63, so choose a shorter cluster name`,
      ),
    ],
    [
      "that gives a rented machine the name of one that exists",
      given({
        generations: { "prod-cp-1": 2 },
        workers: [{ name: "general", machines: { kind: "ssh", hosts: [host(21, { name: "prod-cp-1-g2" })] } }],
      }),
      [
        'generations.prod-cp-1: found 2, which makes "prod-cp-1-g2", the name of workers[0].machines.hosts[0]; expected another number, or another name there',
      ],
    ],
    [
      "that is no list of machines",
      given({ generations: ["prod-cp-1"] }),
      ['generations: found a list of 1, expected an object of machine to whole number, such as {"prod-cp-1": 1}'],
    ],
    [
      "beside protection that is neither yes nor no",
      given({ protect: "yes" }),
      ['protect: found "yes", expected true or false'],
    ],
  ]));

describe("the generation of a machine", () => {
  test("is the higher one of the cluster's and its own", () => {
    const spec = parse(overSsh({ generation: 2, generations: { m11: 1, m12: 3 } }));
    expect(["m11", "m12", "m13"].map(name => generationOf(spec, name))).toEqual([2, 3, 2]);
  });

  test("is in a rented machine's name, and in no other's", () => {
    expect(parse(given({ generation: 2 })).controlPlane.names).toEqual([
      "prod-cp-0-g2",
      "prod-cp-1-g2",
      "prod-cp-2-g2",
    ]);
    expect(parse(given({ generation: 0 })).controlPlane.names).toEqual(["prod-cp-0", "prod-cp-1", "prod-cp-2"]);
    expect(parse(overSsh({ generation: 2 })).controlPlane.names).toEqual(["m11", "m12", "m13"]);
    expect(rentedName(parse(given({ generations: { "prod-general-1": 4 }, workers })), "prod-general-1")).toBe(
      "prod-general-1-g4",
    );
  });

  test("of a worker over SSH is taken", () => {
    const spec = parse(overSsh({ workers: [{ name: "general", machines: hosts(21) }], generations: { m21: 1 } }));
    expect(generationOf(spec, "m21")).toBe(1);
  });
});
