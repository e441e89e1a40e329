import { execFileSync, spawn } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import * as readline from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { figuresOf, type Recorded } from "../../../bench/failover/figures";
import { wordIn } from "../../../bench/failover/traffic/etcd";
import type { TrafficOrder, TrafficRecord, TrafficWord } from "../../../bench/failover/traffic/messages";
import { TIMED } from "../../../test/timed";
import { REPOSITORY } from "../../cli/paths";
import { BirdSocket, isWhole, plain } from "../../network/bird-socket";

/** An API server, as far as the traffic asks one: what it acknowledged and keeps, and whether it answers at all. */
class Api {
  readonly kept = new Map<string, string>();
  /** Of every kind of request, since the beginning. */
  readonly asked = new Map<string, number>();
  /** Acknowledges and keeps nothing. */
  forgets = false;
  /** Takes connections and answers none. */
  frozen = false;
  private readonly watchers = new Set<import("node:http").ServerResponse>();
  private readonly server: https.Server;

  constructor(pair: { key: Buffer; cert: Buffer }) {
    this.server = https.createServer(pair, (request, response) => {
      let text = "";
      request.on("data", (part: Buffer) => (text += part.toString()));
      request.on("end", () => void (this.frozen || this.answer(`${request.method} ${request.url}`, text, response)));
    });
  }

  listen(): Promise<number> {
    return new Promise(resolve => {
      this.server.listen(0, "127.0.0.1", () => resolve((this.server.address() as net.AddressInfo).port));
    });
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(question: string, text: string, response: import("node:http").ServerResponse): void {
    const kind = question.replace(/failover-\w+/, "NS").replace(/value-\d+/, "VALUE");
    this.asked.set(kind, (this.asked.get(kind) ?? 0) + 1);
    const body = (text === "" ? {} : JSON.parse(text)) as { metadata?: { name: string }; data?: { value?: string } };
    if (question.includes("watch=true")) {
      this.watchers.add(response);
      return void response.write('{"type":"ADDED"}\n');
    }
    if (question.startsWith("PUT")) for (const watcher of this.watchers) watcher.write('{"type":"MODIFIED"}\n');
    if (question.startsWith("POST") && body.data?.value !== undefined && !this.forgets)
      this.kept.set(body.metadata?.name ?? "", body.data.value);
    const items = [...this.kept].map(([name, value]) => ({ metadata: { name }, data: { value } }));
    const answers = question.startsWith("GET") && !question.includes("livez") ? { items } : {};
    response.writeHead(question.startsWith("POST") ? 201 : 200).end(JSON.stringify(answers));
  }
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-traffic-"));
const at = (name: string) => path.join(folder, name);
let pair: { key: Buffer; cert: Buffer };

beforeAll(() => {
  const words = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=api";
  const files = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", at("key"), "-out", at("crt")];
  execFileSync("openssl", [...words.split(" "), ...files], { stdio: "ignore" });
  pair = { key: fs.readFileSync(at("key")), cert: fs.readFileSync(at("crt")) };
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function order(port: number): TrafficOrder {
  const server = `https://127.0.0.1:${port}`;
  const base64 = (text: Buffer) => text.toString("base64");
  const kubeconfig = {
    "current-context": "c",
    contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
    clusters: [{ name: "k", cluster: { server, "certificate-authority-data": base64(pair.cert) } }],
    users: [{ name: "u", user: { "client-certificate-data": base64(pair.cert), "client-key-data": base64(pair.key) } }],
  };
  fs.writeFileSync(at("kubeconfig"), JSON.stringify(kubeconfig), { mode: 0o600 });
  const ca = at("crt");
  return {
    ...{ kubeconfig: at("kubeconfig"), ca, endpoint: server, servers: [server], members: [], etcd: null },
    namespace: "failover-1",
  };
}

/** Runs the traffic's own program against an API server for as long as `act` takes, and returns its record. */
async function traffic(api: Api, act: () => Promise<void>): Promise<TrafficRecord> {
  const main = path.join(REPOSITORY, "bench/failover/traffic/main.ts");
  const child = spawn(process.execPath, ["--require", require.resolve("tsx/cjs"), main]);
  const words: TrafficWord[] = [];
  let complaints = "";
  child.stderr.on("data", (text: Buffer) => (complaints += text.toString()));
  const served = new Promise<void>(resolve => {
    readline.createInterface({ input: child.stdout }).on("line", line => {
      const word = JSON.parse(line) as TrafficWord;
      words.push(word);
      if ("served" in word && [word.served.watch, word.served.write].every(one => one !== undefined)) resolve();
    });
  });
  const closed = new Promise<number | null>(resolve => child.on("close", resolve));
  child.stdin.write(`${JSON.stringify(order(await api.listen()))}\n`);
  await Promise.race([served, closed]);
  await act();
  child.stdin.end();
  expect(await closed, complaints).toBe(0);
  api.close();
  expect(words[0]).toHaveProperty("began");
  const last = words.at(-1);
  if (last === undefined || !("record" in last)) throw new Error(`no record: ${complaints}`);
  return last.record;
}

const seconds = (n: number) => new Promise<void>(resolve => setTimeout(resolve, n * 1000));
const figures = (record: TrafficRecord) => {
  const { etcd: _etcd, ...clients } = record;
  const of: Recorded = { kind: "k", fault: "f", number: 1, victims: [], at: "", injectedAt: 1, ...clients, seen: [] };
  return figuresOf(of);
};

describe("the clients of a run", TIMED, () => {
  test("send each kind of request through the endpoint, and leave nothing behind", async () => {
    const api = new Api(pair);
    const record = await traffic(api, () => seconds(2));
    // A host without a processor to spare may let some wait too long.
    const answers = (list: readonly { answer: string }[]) =>
      new Set(list.map(({ answer }) => answer).filter(answer => answer !== "timeout"));
    for (const list of [record.connections, record.kept]) expect(answers(list)).toEqual(new Set(["200"]));
    expect(answers(record.writes)).toEqual(new Set(["201"]));
    expect(record.writes.find(({ answer }) => answer === "201")?.readBack).toBe(true);
    expect(new Set(record.writes.map(({ value }) => value)).size).toBe(record.writes.length);
    expect(record.watch.length).toBeGreaterThan(2);
    expect(figures(record).lost).toBe(0);
    expect(api.asked.get("DELETE /api/v1/namespaces/NS")).toBe(1);
  });

  test("say that a value which was acknowledged and is not there is lost, and leave it for a look", async () => {
    const api = new Api(pair);
    api.forgets = true;
    const record = await traffic(api, () => seconds(1));
    const { lost, written } = figures(record);
    expect(written).toBeGreaterThan(0);
    expect(lost).toBe(written);
    expect(api.asked.has("DELETE /api/v1/namespaces/NS")).toBe(false);
  });

  test("are sent on time while nothing answers, and each notices in its own way", async () => {
    const api = new Api(pair);
    const record = await traffic(api, async () => {
      api.frozen = true;
      await seconds(3);
      api.frozen = false;
      await seconds(4);
    });
    const { outageSeconds, keptOutageSeconds, watchGapSeconds, writeOutageSeconds } = figures(record);
    expect(record.connections.filter(({ answer }) => answer === "timeout").length).toBeGreaterThan(10);
    // What was sent in the last second of the three was answered within its patience.
    expect(outageSeconds).toBeGreaterThan(1);
    for (const gap of [keptOutageSeconds, watchGapSeconds, writeOutageSeconds]) expect(gap).toBeGreaterThan(1.5);
    // They were sent while those before them hung.
    const hung = record.connections.filter(({ answer }) => answer === "timeout").map(({ sentAt }) => sentAt);
    expect(Math.max(...hung) - Math.min(...hung)).toBeGreaterThan(1);
  });
});

test("a member's word is read from etcd's answer, also while there is no leader", () => {
  const answer = { header: { member_id: "11" }, leader: "12", raftTerm: "5" };
  expect(wordIn("cp-0", JSON.stringify(answer))).toEqual({ machine: "cp-0", id: "11", term: 5, leader: "12" });
  const { leader: _leader, ...without } = answer;
  expect(wordIn("cp-0", JSON.stringify(without)).leader).toBe("0");
});

describe("a switch's control socket", () => {
  // As BIRD 2.0.12 sends it.
  const ANSWER =
    "1007-Table master4:\n 203.0.113.1/32       unicast [b11 15:48] * (100)\n 	via 10.71.0.11 on lan\n0000 \n";

  test("says when an answer is whole, and is read as birdc prints it", () => {
    expect(isWhole(ANSWER)).toBe(true);
    for (let n = 1; n < ANSWER.length; n++) expect(isWhole(ANSWER.slice(0, n))).toBe(false);
    expect(isWhole("0001 BIRD 2.0.12 ready.\n")).toBe(true);
    expect(plain(ANSWER)).toBe(
      "Table master4:\n203.0.113.1/32       unicast [b11 15:48] * (100)\n	via 10.71.0.11 on lan\n\n",
    );
  });

  test("is asked over one connection, and anew when the switch was away", async () => {
    const file = at("a.ctl");
    let connections = 0;
    const serve = () =>
      net
        .createServer(socket => {
          connections++;
          socket.write("0001 BIRD 2.0.12 ready.\n");
          socket.on("data", question => void socket.write(`1007-${question.toString().trim()}\n0000 \n`));
          socket.on("error", () => undefined);
          sockets.push(socket);
        })
        .listen(file);
    const sockets: net.Socket[] = [];
    const end = (server: net.Server) =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        sockets.forEach(socket => socket.destroy());
      });
    const bird = new BirdSocket("a", file);
    expect(await bird.ask("show protocols")).toBeUndefined();
    let server = serve();
    expect(await Promise.all([bird.ask("one"), bird.ask("two")])).toEqual(["one\n\n", "two\n\n"]);
    expect(connections).toBe(1);
    await end(server);
    expect(await bird.ask("three")).toBeUndefined();
    server = serve();
    expect(await bird.ask("four")).toBe("four\n\n");
    bird.close();
    await end(server);
  });
});
