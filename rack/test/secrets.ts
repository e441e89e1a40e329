import * as fs from "node:fs";
import * as path from "node:path";
import { readUserData } from "../../cloud-init/user-data";
import { kubectl, onMachine } from "../cli/operator";
import { OPERATOR_KEY } from "../setup/certificates";
import { secretFile } from "../setup/secrets";
import { STATE_DIR } from "../topology";
import { rackplane } from "../../bench/rack";

/** Something that must not be readable where it does not belong. */
interface Needle {
  readonly name: string;
  readonly pattern: RegExp;
}

const literal = (text: string) => new RegExp(text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&"));

/** A stretch of a key's body: its header could have been cut off, its body not. */
const body = (pem: string) =>
  literal(pem.split("\n").filter(line => line && !line.startsWith("-----"))[1] ?? "unreadable key");

const KEYS = ["ca.key", "sa.key", "front-proxy-ca.key", "etcd/ca.key", "apiserver.key"];

/** The shape of any secret, and the very ones of this rack and of this member. */
async function needles(member: string): Promise<Needle[]> {
  const keys = await Promise.all(
    KEYS.map(async key => ({
      name: key,
      pattern: body(await onMachine(member, ["cat", `/etc/kubernetes/pki/${key}`])),
    })),
  );
  return [
    { name: "a private key", pattern: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
    { name: "a private key in base64", pattern: /LS0tLS1CRUdJTi[A-Za-z0-9+/]*UFJJVkFURSBLRV/ },
    { name: "a bootstrap token", pattern: /\b(?!abcdef\.0123456789abcdef)[a-z0-9]{6}\.[a-z0-9]{16}\b/ },
    { name: "the operator's SSH key", pattern: body(fs.readFileSync(OPERATOR_KEY, "utf8")) },
    { name: "the Metal API's token", pattern: literal(fs.readFileSync(secretFile("metal-token"), "utf8")) },
    { name: "the state's passphrase", pattern: literal(fs.readFileSync(secretFile("passphrase"), "utf8")) },
    { name: "the MD5 password", pattern: literal(fs.readFileSync(secretFile("md5-password"), "utf8")) },
    ...keys,
  ];
}

const CLOUD_INIT = { "cloud-init's logs": "cat /var/log/cloud-init.log /var/log/cloud-init-output.log" };
const ON_MACHINE: Readonly<Record<string, string>> = {
  "the journal": "journalctl --no-pager -o cat",
  "process arguments": "cat /proc/[0-9]*/cmdline | tr '\\0' ' '",
  "the status file": "cat /var/lib/rackplane/status",
};

/** The Metal API's memory; none where no machine was ever rented. */
const METAL = path.join(STATE_DIR, "metal.json");
function userData(): string {
  const kept = fs.readFileSync(METAL, "utf8").replace(/"(rootPassword|root_password|md5[a-zA-Z_]*)":"[^"]*"/g, "");
  // A secret is not seen in what is compressed.
  const sent = [...kept.matchAll(/"userdata":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = '""']) => JSON.parse(text) as string,
  );
  if (sent.length === 0) throw new Error(`${METAL}: found no user data, expected some device's`);
  return [kept, ...sent.map(readUserData)].join("\n");
}

/**
 * What the API shows to everybody who may look at all namespaces (the role `view`): everything but Secrets. Names are left
 * out: those of events and the like are random and may look like a token.
 */
async function seenThroughApi(): Promise<string> {
  const kinds = (await kubectl(["api-resources", "--verbs=list", "-o", "name"])).split("\n");
  const asked = kinds.filter(kind => kind !== "" && kind !== "secrets").join(",");
  const { items } = JSON.parse(await kubectl(["get", asked, "--all-namespaces", "-o", "json"])) as {
    items: { kind: string; metadata: { annotations?: unknown } }[];
  };
  // A look that finds nothing to look at would find no secret either.
  if (!items.some(({ kind }) => kind === "Pod")) throw new Error("the API: found no pod, expected the control plane's");
  return items.map(({ metadata: { annotations }, ...item }) => JSON.stringify({ ...item, annotations })).join("\n");
}

/**
 * Where a secret can be read in plain; empty when nowhere. Looks at user data, logs, arguments, state and the API.
 * `member` has the cluster's keys; a worker that is looked at has none.
 */
export async function secretsInPlain(stack: string, machine: string, member = machine): Promise<string[]> {
  const rented = fs.existsSync(METAL);
  const places: Record<string, string> = {
    ...(rented ? { "user data and events": userData() } : {}),
    "the exported state": (await rackplane("pulumi", "--stack", stack, "stack", "export")).output,
    "the API": await seenThroughApi(),
    "the daemon's log": fs.readFileSync(path.join(STATE_DIR, "daemon.log"), "utf8"),
  };
  for (const [name, command] of Object.entries({ ...ON_MACHINE, ...(rented ? CLOUD_INIT : {}) })) {
    places[`${name} of ${machine}`] = await onMachine(machine, [command]);
  }
  return secretsIn(places, member);
}

/** The same in texts that a test has, by what they are. */
export async function secretsIn(places: Readonly<Record<string, string>>, member: string): Promise<string[]> {
  const wanted = await needles(member);
  return Object.entries(places).flatMap(([place, text]) => {
    if (text.length < 20) return [`${place} could not be read: ${text}`];
    return wanted
      .filter(({ pattern }) => pattern.test(text))
      .map(
        ({ name, pattern }) =>
          `${name} in ${place}: ...${text.slice(Math.max(0, text.search(pattern) - 60), text.search(pattern))}`,
      );
  });
}
