import { readFileSync, readdirSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { expect, test } from "vitest";
import { SOURCE_KINDS } from "../../../components/config/backups/store-kinds";
import { CHECKS } from "../../../components/config/checks";
import { CLOUD_PROVIDER_KINDS } from "../../../components/config/cloud-provider/cloud-provider-kinds";
import { ENDPOINT_KINDS } from "../../../components/config/endpoint/endpoint-kinds";
import { MACHINE_KINDS } from "../../../components/config/machines/machine-kinds";
import { NETWORK_KINDS } from "../../../components/config/network/network-kinds";
import { SERVICE_KINDS } from "../../../components/config/services/service-kinds";

const ROOM = join(__dirname, "../../../components/config");
const files = readdirSync(ROOM, { recursive: true, encoding: "utf8" }).filter(file => file.endsWith(".ts"));
const source = (file: string): string => readFileSync(join(ROOM, file), "utf8");

/** What a module of the room imports from the room, types too. */
const importsOf = (file: string): string[] =>
  [...source(file).matchAll(/ from "(\.[^"]*)"/g)].flatMap(([, path = ""]) => {
    const target = relative(ROOM, resolve(ROOM, file, "..", path));
    return files.filter(one => one === `${target}.ts` || one === join(target, "index.ts"));
  });

/** The first circle that a walk from a module finds. */
function circle(file: string, way: readonly string[], done: Set<string>): readonly string[] | undefined {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return undefined;
  for (const next of importsOf(file)) {
    const found = circle(next, [...way, file], done);
    if (found !== undefined) return found;
  }
  done.add(file);
  return undefined;
}

test("configuration is read in one direction: no module imports itself by way of others, not even a type", () => {
  const done = new Set<string>();
  for (const file of files) expect(circle(file, [], done)).toBeUndefined();
  expect(done.size).toBe(files.length);
});

test("a kind is called by its name in its own module and its table alone; rules ask what it can do", () => {
  const tables = [MACHINE_KINDS, ENDPOINT_KINDS, SERVICE_KINDS, CLOUD_PROVIDER_KINDS, SOURCE_KINDS];
  const names = [...tables.flatMap(table => Object.keys(table)), ...NETWORK_KINDS];
  // "ssh" is a section's name too, so the word alone is no question.
  const question = new RegExp(`(kind\\W{1,8}|literal\\(|SSH = )"(${names.join("|")})"`);
  const asks = files.filter(file => {
    const code = source(file).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
    return !file.endsWith("-kinds.ts") && question.test(code);
  });
  expect(asks.sort()).toEqual([
    "backups/directory.ts",
    "backups/file.ts",
    "backups/machine.ts",
    "backups/s3.ts",
    "backups/sftp.ts",
    "cloud-provider/equinix-metal.ts",
    "endpoint/balancers.ts",
    "endpoint/external.ts",
    "endpoint/keepalived.ts",
    "endpoint/kube-vip-arp.ts",
    "endpoint/kube-vip-bgp.ts",
    "machines/equinix-metal.ts",
    "machines/equinix-workers.ts",
    "machines/ssh-hosts.ts",
    "network/calico.ts",
    "network/cilium.ts",
    "network/flannel.ts",
    "network/manifests.ts",
    "network/none.ts",
    "services/kube-vip-arp.ts",
    "services/kube-vip-bgp.ts",
  ]);
});

test("every rule between sections stands in the table once", () => {
  const all = Object.values(CHECKS).flat();
  expect(new Set(all).size).toBe(all.length);
  const rules = files
    .filter(file => file.startsWith("checks/"))
    .flatMap(file => [...source(file).matchAll(/^export const (\w+): Check =/gm)].map(([, name]) => name));
  expect(rules.length).toBe(all.length);
});
