import { expect, test } from "vitest";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { attempt } from "../../../bench/probe/attempt";
import { summarise } from "../../../bench/probe/outcome";

const attempts = (...bad: number[]) =>
  Array.from({ length: 100 }, (_, i) => i / 10).map(at => ({ at, result: bad.includes(at) ? "timeout" : "ok" }));

test("without a failure there is no outage", () => {
  expect(summarise(attempts())).toEqual({
    total: 100,
    failed: 0,
    outageSeconds: 0,
    unansweredSeconds: 0,
    outages: 0,
    reasons: {},
  });
});

test("an outage lasts from its first failure to its last, successes between included", () => {
  expect(summarise(attempts(1, 1.2, 2.5))).toMatchObject({
    failed: 3,
    outageSeconds: 1.5,
    outages: 1,
    reasons: { timeout: 3 },
  });
});

test("failures more than two seconds apart are two outages, and the longer one counts", () => {
  expect(summarise(attempts(1, 1.4, 8))).toMatchObject({ failed: 3, outageSeconds: 0.4, outages: 2 });
  expect(summarise(attempts(1, 8, 8.4), new Date(0)).longestAt).toBe("1970-01-01T00:00:08.000Z");
});

test("what is without an answer has no success in between", () => {
  expect(summarise(attempts(1, 1.2, 2.5)).unansweredSeconds).toBe(0);
  expect(summarise(attempts(1, 1.1, 1.2, 2.5, 9.8, 9.9)).unansweredSeconds).toBe(0.2);
});

test("an attempt ends however the connection does: within an answer too", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-probe-"));
  const file = (name: string) => path.join(folder, name);
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-subj",
      "/CN=probe",
      "-addext",
      "subjectAltName=IP:127.0.0.1",
      "-keyout",
      file("key"),
      "-out",
      file("crt"),
    ],
    { stdio: "ignore" },
  );
  const [key, ca] = [fs.readFileSync(file("key")), fs.readFileSync(file("crt"))];
  const behaviours: ((response: import("node:http").ServerResponse) => void)[] = [
    response => void response.end("ok"),
    response => void response.writeHead(500).end("not ready"),
    response => {
      response.writeHead(200, { "content-length": "100" }).write("o");
      setTimeout(() => response.socket?.destroy(), 50);
    },
    response => void response.socket?.destroy(),
  ];
  const server = https.createServer({ key, cert: ca }, (_, response) => behaviours.shift()?.(response));
  await new Promise<void>(listening => void server.listen(0, "127.0.0.1", listening));
  const target = { url: `https://127.0.0.1:${(server.address() as AddressInfo).port}/livez`, ca };
  const results: string[] = [];
  for (let i = 0; i < 4; i++) results.push((await attempt(target, i)).result);
  server.close();
  expect(results).toEqual(["ok", "http 500", "cut", "ECONNRESET"]);
});
