import { expect, test } from "vitest";
import { changedSince } from "../../../bench/scenarios/kept";
import { alike, newIn } from "../../../bench/scenarios/members";
import { generations } from "../../../bench/scenarios/replace";
import { between, KILLED, SCALE, sized, type Size } from "../../../bench/scenarios/scale";
import { edited } from "../../../bench/scenarios/settings";
import { programConfig, readStackFile, stackFile } from "../../cli/stack-file";
import { lanPlace } from "../../topology";

const ONE: Size = { members: 1, workers: 0 };
const FIVE: Size = { members: 5, workers: 3 };
const hostsAt = (size: Size) => stackFile(sized(SCALE, size)(readStackFile(SCALE.stack).text)).hosts;

test("a stack file of another size has these machines and no others, each with an address of its own", () => {
  const { text } = readStackFile(SCALE.stack);
  expect(sized(SCALE, ONE)(text)).toBe(text);
  const hosts = hostsAt(FIVE);
  expect(hosts.filter(({ role }) => role === "control-plane").map(({ name }) => name)).toEqual(SCALE.members);
  expect(hosts.filter(({ role }) => role === "worker").map(({ name }) => name)).toEqual(SCALE.workers);
  expect(hosts.map(({ address }) => lanPlace(address))).toEqual([231, 232, 233, 234, 235, 236, 237, 238]);
  expect(between(SCALE, { members: 3, workers: 0 }, FIVE)).toEqual([
    ...["scale-cp-3", "scale-cp-4"],
    ...["scale-general-0", "scale-general-1", "scale-general-2"],
  ]);
});

test("machines that a suite adds to a stack have no other stack's address", () => {
  const { text } = readStackFile(KILLED.stack);
  const killed = stackFile(sized(KILLED, { members: 5, workers: 0 })(text)).hosts;
  expect(killed.map(({ address }) => lanPlace(address))).toEqual([241, 242, 243, 244, 245]);
  expect(sized(KILLED, { members: 3, workers: 0 })(text)).toBe(text);
});

test("generations are asked for in the words of a stack file", () => {
  const config = programConfig(
    edited(generations({ all: 2, of: { "replace-cp-0": 3 } }))(readStackFile("rack-replace").text),
  );
  expect(config["rackplane:generation"]).toBe("2");
  expect(JSON.parse(config["rackplane:generations"] ?? "")).toEqual({ "replace-cp-0": 3 });
});

test("a member with another id is new, and so is one that was not there; one that left is not", () => {
  expect(newIn({ a: "1", b: "3", c: "4" }, { a: "1", b: "2", d: "5" })).toEqual(["b", "c"]);
  expect(alike({ "/key": "x", "/other": "y" }, { "/key": "x", "/other": "z" })).toEqual(["/key"]);
});

test("a machine's files are compared by content: what is new, gone or changed is named, but for new files of packages", () => {
  const before = new Map([
    ["/etc/gone", "1"],
    ["/etc/kept", "2"],
    ["/etc/other", "3"],
  ]);
  const now = new Map([
    ["/etc/kept", "2"],
    ["/etc/other", "4"],
    ["/etc/haproxy/haproxy.cfg", "6:package"],
    ["/opt/new", "5"],
  ]);
  expect(changedSince(before, now)).toEqual(["/etc/gone is gone", "/etc/other has changed", "/opt/new is new"]);
});
