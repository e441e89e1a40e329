import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, expect, test } from "vitest";

import { plainNode } from "../cloud-init/nodes";

const BUNDLE = path.resolve(__dirname, "../../cloud-init/node");
const temporary: string[] = [];
afterAll(() => temporary.forEach((directory) => fs.rmSync(directory, { recursive: true })));

/**
 * A member of three that asks a pretended balancer: `tls/NAME` holds what a connection shows, a line for each
 * connection in turn; `watch` is how long a watch lasts.
 */
function member(balancer: string[], watch = "2 0") {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-endpoint-"));
  temporary.push(root);
  const write = (file: string, content: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content, { mode });
  };
  write("etc/rackplane/node.json", JSON.stringify({ ...plainNode, endpoint: { address: "api.example.com", port: 443, apiServerPort: 6443 } }));
  write("etc/rackplane/roster.json", JSON.stringify([1, 3, 5].map((host, i) => ({ name: `demo-cp-${i}`, address: `10.70.0.${host}` }))));
  write("etc/kubernetes/pki/apiserver-kubelet-client.key", "");
  for (const host of [1, 3, 5]) write(`tls/10.70.0.${host}:6443`, `print ${host}\n`);
  write("tls/api.example.com:443", balancer.map((line) => `${line}\n`).join(""));
  write("watch", watch);
  write("fakes/openssl", `#!/usr/bin/env bash
case $1 in
  s_client) file=$RACKPLANE_ROOT/tls/$3; head -n 1 "$file"; { tail -n +2 "$file"; head -n 1 "$file"; } >"$file.new"; mv "$file.new" "$file" ;;
  x509) grep . ;;
esac
`, 0o755);
  write("fakes/curl", `#!/usr/bin/env bash
read -r seconds status <"$RACKPLANE_ROOT/watch"; read -rt "$seconds" <> <(:) || true; exit "$status"
`, 0o755);
  const { status, stdout, stderr } = spawnSync("bash", [path.join(BUNDLE, "bin/rackplane"), "check-endpoint", "2"], {
    encoding: "utf8", env: { PATH: `${root}/fakes:/usr/bin:/bin`, RACKPLANE_ROOT: root, RACKPLANE_BUNDLE: BUNDLE },
  });
  return { status, stderr, answer: JSON.parse(stdout) as { servers: number; reached: number; findings: { check: string; found: string; todo: string }[] } };
}

test("an endpoint that leads to every API server and leaves a watch alone has no finding", () => {
  const { status, answer, stderr } = member(["print 1", "print 3", "print 5"]);
  expect(stderr).toBe("");
  expect(answer).toEqual({ endpoint: "api.example.com:443", servers: 3, reached: 3, findings: [] });
  expect(status).toBe(0);
});

test("an API server that it never leads to is named", () => {
  const { status, answer } = member(["print 1", "print 5"]);
  expect(answer.findings).toMatchObject([{ check: "servers", found: "no connection to api.example.com:443 was led to 10.70.0.3", todo: expect.stringContaining("add 10.70.0.3:6443 to the balancer") as string }]);
  expect(status).toBe(1);
});

test("connections that fail are counted", () => {
  const { answer } = member(["print 1", "print 3", "print 5", "", "print 1", "print 3"]);
  expect(answer.findings).toMatchObject([{ check: "connect", found: expect.stringMatching(/^5 of 30 connections to api\.example\.com:443 failed/) as string }]);
});

test("a silent watch that is cut is told with what to change", () => {
  const { answer } = member(["print 1", "print 3", "print 5"], "0 56");
  expect(answer.findings).toMatchObject([{ check: "watches", found: expect.stringMatching(/^a silent watch ended after 0 s \(curl: 56\)/) as string, todo: expect.stringContaining("idle timeout") as string }]);
});
