import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { probing } from "../../../bench/probe/probing";
import { fail, figure, journal, rackplane, statusNow } from "../../../bench/rack";
import {
  announced as announcedServices,
  announcersBecome,
  answersSteadily,
  loadBalanced,
  REPLICAS,
  urlOf,
} from "../../../bench/scenarios/load-balanced";
import { apply } from "../../../bench/scenarios/pods";
import { kubectl, onMachine } from "../../cli/operator";
import { PROXY_URL, withProxy } from "../../../bench/scenarios/proxy";
import { withStackFile } from "../../../bench/scenarios/stack-edit";
import { secretsInPlain } from "../secrets";

beforeAll(async () => {
  // Machines download everything themselves, also when this file is run without its suite.
  process.env.RACKPLANE_DISKS = "plain";
  expect((await rackplane("down")).code).toBe(0);
});

afterAll(async () => {
  expect((await rackplane("down")).code).toBe(0);
});

let machine = "";
afterEach(async context => {
  if (context.task.result?.state === "fail") process.stdout.write(`${await journal(machine)}\n`);
});

const announced = async () => (await statusNow()).endpoint;
const established = async () => (await statusNow()).sessions.filter(s => s.machine === machine && s.established).length;

test("with MD5 on the project both sessions come up, and the password is nowhere in plain", async () => {
  machine = "md5-cp-0";
  const up = await rackplane("up", "--stack", "rack-md5");
  expect(up.code, up.output.slice(-4000)).toBe(0);
  figure("one machine, MD5, seconds", up.seconds);
  expect(await established()).toBe(2);
  expect(await announced()).toMatchObject({ answers: true, announcers: [machine] });
  const peers = await onMachine(machine, [
    "jq",
    "-r",
    "'[.peers[] | (.password | length > 0), .multihop] | all'",
    "/var/lib/rackplane/machine.json",
  ]);
  expect(peers).toBe("true");
  expect(await secretsInPlain("rack-md5", machine)).toEqual([]);
});

/** The environment that systemd gives to what downloads, a line a unit. */
const UNITS_ENVIRONMENT = "systemctl show --property Environment containerd rackplane-prepare | grep .";

test("at an old site the one peer is the private gateway, without multihop, and a proxy brings all downloads", async () => {
  machine = "old-site-cp-0";
  const behind = (text: string) =>
    text.replace("rackplane:mirrors:", `rackplane:mirrors:\n    proxy: { url: "${PROXY_URL}" }`);
  const { up, asked } = await withProxy(async asked => ({
    asked,
    up: await withStackFile("rack-legacy", behind, () => rackplane("up", "--stack", "rack-legacy")),
  }));
  expect(up.code, up.output.slice(-4000)).toBe(0);
  expect([...asked]).toEqual(expect.arrayContaining(["192.0.2.2:5000", "pkgs.k8s.io:80"]));
  const environments = (await onMachine(machine, [UNITS_ENVIRONMENT])).split("\n");
  expect(environments).toEqual([expect.stringContaining(PROXY_URL), expect.stringContaining(PROXY_URL)]);
  figure("one machine, old site, seconds", up.seconds);
  expect(await announced()).toMatchObject({ answers: true, announcers: [machine] });
  const peers = await onMachine(machine, [
    "jq",
    "-c",
    "'[.peers | length, .[0].multihop, (.[0].address == $g)]'",
    "--arg",
    "g",
    "$(jq -r .gateway /var/lib/rackplane/machine.json)",
    "/var/lib/rackplane/machine.json",
  ]);
  expect(JSON.parse(peers)).toEqual([1, false, true]);
});

test("once the proxy is taken out, the machine that runs asks directly", async () => {
  machine = "old-site-cp-0";
  const up = await rackplane("up", "--stack", "rack-legacy");
  expect(up.code, up.output.slice(-4000)).toBe(0);
  expect(await onMachine(machine, [UNITS_ENVIRONMENT])).not.toContain(PROXY_URL);
  expect(await announced()).toMatchObject({ answers: true, announcers: [machine] });
});

test("with neighbours from the Metal API a machine gets them and their password from Pulumi, and a rented worker joins", async () => {
  machine = "neighbours-cp-0";
  const up = await rackplane("up", "--stack", "rack-metal-api");
  expect(up.code, up.output.slice(-4000)).toBe(0);
  figure("one machine and a worker, neighbours from the Metal API, seconds", up.seconds);
  expect(await established()).toBe(2);
  expect(await announced()).toMatchObject({ answers: true, announcers: [machine] });
  expect((await statusNow()).nodes.map(({ name, role, ready }) => [name, role, ready])).toEqual([
    [machine, "control-plane", true],
    ["neighbours-rented-0", "worker", true],
  ]);
  expect(await secretsInPlain("rack-metal-api", machine)).toEqual([]);
});

test("rented workers have sessions of their own, and Services addresses of a block that is reserved with them", async () => {
  machine = "rented-cp-0";
  const stack = "rack-services-metal";
  const workers = ["rented-general-0", "rented-general-1"];
  const up = await rackplane("up", "--stack", stack);
  expect(up.code, up.output.slice(-4000)).toBe(0);
  figure("one machine and two workers that announce Services, seconds", up.seconds);
  await apply(REPLICAS);
  await kubectl(["rollout", "status", "deployment/replicas", "--timeout=120s"]);
  const { addresses } = await announcedServices("kube-vip-bgp", ["one"], [loadBalanced("one")]);
  const address = addresses.get("one") ?? "";
  const { machines } = await announcersBecome("kube-vip-bgp", address, found => found.length === 2, 30);
  expect(machines).toEqual(workers);
  await answersSteadily(address);
  expect(await probing(async () => undefined, 5, urlOf(address))).toMatchObject({ total: 100, failed: 0 });
  // A reboot forgets routes; the machine has them again before its kubelet announces anything.
  const [first = ""] = workers;
  await fail("reboot", first);
  await announcersBecome("kube-vip-bgp", address, found => !found.includes(first), 60);
  await announcersBecome("kube-vip-bgp", address, found => found.length === 2, 120);
  const again = await rackplane("up", "--stack", stack);
  expect(again.code, again.output.slice(-4000)).toBe(0);
  expect(again.output).not.toMatch(/^ +[~+-] +\d+ /m);
  expect(await secretsInPlain(stack, first, machine)).toEqual([]);
});
