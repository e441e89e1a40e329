import execa from "execa";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, expect, test as vitest, vi } from "vitest";

import { TIMED } from "../../timed";
import { ADMINISTRATOR, plainNode } from "../nodes";

const BUNDLE = path.resolve(__dirname, "../../../cloud-init/node");
const temporary: string[] = [];
afterAll(() => temporary.forEach(directory => fs.rmSync(directory, { recursive: true })));

const test = vitest.concurrent;
const NAME = "api.example.com";
const THREE = ["print 1", "print 3", "print 5"];

/** What is found when the endpoint is asked. */
interface World {
  /** Address at which the endpoint is to be met, to what a connection shows there, a line for each in turn. */
  readonly doors?: Readonly<Record<string, readonly string[]>>;
  /** What a connection shows there that is held open. */
  readonly held?: readonly string[];
  /** Seconds that a watch lasts, how curl ends, and what it says. */
  readonly watch?: string;
  /** Machines of 10.70.0.1, .3 and .5 without an API server. */
  readonly dead?: readonly number[];
  readonly address?: string;
  /** Asked of the watch. */
  readonly seconds?: number;
}

/** A member of three that asks a pretended endpoint; `tls/HOST:PORT` holds what a connection shows. */
async function check({
  doors = { "192.0.2.7": THREE },
  held,
  watch = "1 0",
  dead = [],
  address = NAME,
  seconds = 1,
}: World) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-endpoint-"));
  temporary.push(root);
  const write = (file: string, content: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content, { mode });
  };
  write(
    "etc/rackplane/node.json",
    JSON.stringify({ ...plainNode, endpoint: { address, port: 443, apiServerPort: 6443 } }),
  );
  write(
    "etc/rackplane/roster.json",
    JSON.stringify([1, 3, 5].map((host, i) => ({ name: `demo-cp-${i}`, address: `10.70.0.${host}` }))),
  );
  write("etc/kubernetes/admin.conf", ADMINISTRATOR);
  for (const host of [1, 3, 5]) write(`tls/10.70.0.${host}:6443`, dead.includes(host) ? "\n" : `print ${host}\n`);
  for (const [door, lines] of Object.entries(doors)) write(`tls/${door}:443`, lines.map(line => `${line}\n`).join(""));
  if (held !== undefined) write(`tls/${Object.keys(doors)[0]}:443.held`, held.map(line => `${line}\n`).join(""));
  write(
    "addresses",
    Object.keys(doors)
      .map(door => `${door} STREAM ${NAME}\n${door} DGRAM\n`)
      .join(""),
  );
  write("watch", watch);
  write("fakes/getent", '#!/usr/bin/env bash\ncat "$RACKPLANE_ROOT/addresses"\n', 0o755);
  write(
    "fakes/openssl",
    `#!/usr/bin/env bash
case $1 in
  s_client)
    echo "$*" >>"$RACKPLANE_ROOT/connections"
    until [ "$1" = -connect ]; do shift; done
    file=$RACKPLANE_ROOT/tls/$2
    if [ -p /dev/stdin ] && [ -e "$file.held" ]; then file=$file.held; fi
    first=$(head -n 1 "$file"); { tail -n +2 "$file"; echo "$first"; } >"$file.new"; mv "$file.new" "$file"
    # Last: whoever reads it may connect again at once.
    echo "$first"
    # Until whoever holds it lets go.
    [ ! -p /dev/stdin ] || { cat >/dev/null; echo "$2" >>"$RACKPLANE_ROOT/ended"; } ;;
  x509) grep . ;;
esac
`,
    0o755,
  );
  write(
    "fakes/curl",
    `#!/usr/bin/env bash
read -r seconds status words <"$RACKPLANE_ROOT/watch"; read -rt "$seconds" <> <(:) || true; [ -z "$words" ] || echo "$words" >&2; exit "$status"
`,
    0o755,
  );
  const {
    exitCode: status,
    stdout,
    stderr,
  } = await execa("bash", [path.join(BUNDLE, "bin/rackplane"), "check-endpoint", String(seconds)], {
    reject: false,
    extendEnv: false,
    env: {
      PATH: `${root}/fakes:/usr/bin:/bin`,
      RACKPLANE_ROOT: root,
      RACKPLANE_BUNDLE: BUNDLE,
      RACKPLANE_MOST_HELD: "8",
    },
  });
  const connections = fs.existsSync(path.join(root, "connections"))
    ? fs.readFileSync(path.join(root, "connections"), "utf8")
    : "";
  const ended = () =>
    fs.existsSync(path.join(root, "ended"))
      ? fs.readFileSync(path.join(root, "ended"), "utf8").trim().split("\n").length
      : 0;
  return {
    status,
    stdout,
    connections,
    ended,
    findings: stderr.split("\n").filter(line => line.includes(": failed: ")),
  };
}

/** A finding as a person reads it. */
const line = (name: string, words: string) => `check-endpoint ${name}: failed: endpoint ${NAME}:443: found ${words}`;
const BALANCER =
  "add 10.70.0.3:6443 to the balancer; if it keeps a client with one server, let it choose anew for each connection";

test("an endpoint that leads to every API server and leaves a watch alone has no finding, and says so", async () => {
  const { status, stdout, findings } = await check({});
  expect(findings).toEqual([]);
  expect(stdout).toMatch(/^api\.example\.com:443 leads to all 3 API servers and left a silent watch alone for [12] s$/);
  expect(status).toBe(0);
});

test("an API server that it never leads to is named, and nothing goes to standard output", async () => {
  const { status, stdout, findings } = await check({ doors: { "192.0.2.7": ["print 1", "print 5"] } });
  expect(findings).toEqual([
    line("servers", `no connection of 38 that was led to 10.70.0.3, expected each API server in turn; ${BALANCER}`),
  ]);
  expect([status, stdout]).toEqual([1, ""]);
});

test(
  "a balancer that chooses the server with the fewest connections is asked by some that stay open, until all have been seen",
  TIMED,
  async () => {
    const { findings, connections, ended } = await check({
      doors: { "192.0.2.7": ["print 1"] },
      held: ["print 1", "print 3", "print 1", "print 5", "print 5"],
    });
    expect(findings).toEqual([]);
    // Three to the servers themselves, thirty that end, and as many that stay as it took, but not as many as it may.
    const held = connections.trim().split("\n").length - 3 - 30;
    expect(held).toBeGreaterThanOrEqual(4);
    expect(held).toBeLessThan(8);
    // None outlives the program.
    await vi.waitFor(() => expect(ended()).toBe(held), 5000);
  },
);

test("connections that fail are counted", async () => {
  expect((await check({ doors: { "192.0.2.7": [...THREE, "", "print 1", "print 3"] } })).findings).toEqual([
    line(
      "connect",
      "5 of 30 connections that failed or showed a certificate of another CA, expected every one to reach an API server of this cluster; " +
        "have the balancer ask each server's https://<server>:6443/readyz and pass TLS through unchanged",
    ),
  ]);
});

test("an endpoint that leads nowhere is one finding, not one for each API server", async () => {
  const { findings } = await check({ doors: { "192.0.2.7": [""] } });
  expect(findings).toEqual([expect.stringContaining("found 30 of 30 connections that failed") as string]);
});

test("a silent watch that is cut is told with curl's words and with what to change", async () => {
  const [finding] = (await check({ watch: "0 56 curl: (56) Recv failure", seconds: 9 })).findings;
  expect(finding?.replace("after 1 s", "after 0 s")).toBe(
    line(
      "watches",
      "a silent watch that ended after 0 s (curl: (56) Recv failure), expected it to last for its 9 s; raise the balancer's idle timeout to an hour or more, " +
        "with TCP keep-alives; a watch that never began has its reason in brackets",
    ),
  );
});

test("a silent watch that is ended early without an error is cut too", async () => {
  expect((await check({ watch: "0 0", seconds: 9 })).findings).toEqual([
    expect.stringMatching(/found a silent watch that ended after [01] s, expected it to last for its 9 s/) as string,
  ]);
});

test("all findings are told together, each on a line", async () => {
  const { findings } = await check({ doors: { "192.0.2.7": ["print 1", "", "print 1"] }, watch: "0 56", dead: [5] });
  expect(findings.map(one => /check-endpoint (\w+):/.exec(one)?.[1])).toEqual([
    "watches",
    "servers",
    "connect",
    "servers",
  ]);
  expect(findings[1]).toBe(
    line(
      "servers",
      "no API server of this cluster at 10.70.0.5:6443 itself, expected one on each control-plane machine; see 'rackplane status' there",
    ),
  );
});

test("a name of the machines is asked at each of its addresses, of which a client would only ask the nearest", async () => {
  const { findings, connections } = await check({
    doors: { "10.70.0.1": ["print 1"], "10.70.0.3": ["print 3"], "10.70.0.5": ["print 5"] },
  });
  expect(findings).toEqual([]);
  expect(
    connections.split("\n").filter(one => one.includes("-servername api.example.com -connect 10.70.0.3:443")),
  ).toHaveLength(10);
});

test("an address is asked without a server name, which TLS has for names alone", async () => {
  const { findings, connections } = await check({ address: "192.0.2.7" });
  expect(findings).toEqual([]);
  expect(connections).not.toContain("-servername");
});

test("a name that nobody knows is told before anything is asked", async () => {
  const { status, findings, connections } = await check({ doors: {} });
  expect(findings).toEqual([
    line(
      "name",
      "no IPv4 address of that name, expected one or more; correct the name in DNS, or endpoint.address in the program",
    ),
  ]);
  expect([status, connections]).toEqual([1, ""]);
});
