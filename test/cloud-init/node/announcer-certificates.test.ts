import * as http from "node:http";
import * as https from "node:https";
import type { AddressInfo } from "node:net";
import * as path from "node:path";
import { expect } from "vitest";

import { announced, AnnouncingMachine, testOf, until, withdrawn } from "./announcer-machine";
import { Authority } from "./certificates";

const ADDRESS = "127.0.0.1";

/** A machine whose API server is a real TLS server, asked by the real curl and openssl. */
class ServingMachine extends AnnouncingMachine {
  readonly authority = new Authority(path.join(this.root, "authority"));
  private readonly etcd = http.createServer((_, response) => response.end("{}"));
  private readonly server = https.createServer((request, response) => {
    this.answered.push(request.url ?? "");
    response.end("ok");
  });
  readonly answered: string[] = [];

  async serve(certificate: { key: string; cert: string }): Promise<void> {
    this.server.setSecureContext(certificate);
    const port = (server: http.Server | https.Server) =>
      new Promise<number>(resolve => {
        server.listen(0, ADDRESS, () => resolve((server.address() as AddressInfo).port));
      });
    const [api, etcd] = [await port(this.server), await port(this.etcd)];
    // etcd's port is fixed; the test's own stands in for it.
    this.replace("fakes/curl", `#!/bin/sh\nexec /usr/bin/curl --connect-to 127.0.0.1:2381:127.0.0.1:${etcd} "$@"\n`);
    this.set("etc/kubernetes/pki/ca.crt", this.authority.certificate);
    const known = (file: string) => JSON.parse(this.read(file)) as Record<string, object>;
    const node = known("etc/rackplane/node.json");
    this.set("etc/rackplane/node.json", JSON.stringify({ ...node, endpoint: { address: "203.0.113.1", port: api } }));
    const machine = { ...known("var/lib/rackplane/machine.json"), address: ADDRESS };
    this.set("var/lib/rackplane/machine.json", JSON.stringify(machine));
  }
  /** Another certificate for every connection from now on. */
  exchange(certificate: { key: string; cert: string }): void {
    this.server.setSecureContext(certificate);
  }
  /** Resolves when so many more questions were answered. */
  async questions(count: number): Promise<void> {
    const target = this.answered.length + count;
    await until(() => this.answered.length >= target, `${count} answers`);
  }
  override async end(): Promise<void> {
    await super.end();
    this.server.close();
    this.etcd.close();
  }
}

const test = (name: string, body: (machine: ServingMachine) => Promise<void>) =>
  testOf(() => new ServingMachine())(name, machine => body(machine as ServingMachine));

const status = (machine: ServingMachine) => machine.read("var/lib/rackplane/status");

test("a certificate that ends while the VIP is announced withdraws nothing", async machine => {
  await machine.serve(machine.authority.issue("apiserver", ADDRESS, 3));
  machine.start();
  await announced(machine);
  const first = machine.nonce;
  await until(() => status(machine).includes("is outdated"), "the end of the certificate");
  await machine.questions(20);
  expect(machine.nonce).toBe(first);
  expect(status(machine)).not.toContain("is withdrawn");
});

test("a machine whose certificate ended long ago announces, as every other one does", async machine => {
  await machine.serve(machine.authority.issue("apiserver", ADDRESS, -3600));
  machine.start();
  await announced(machine);
});

test("a renewed certificate is verified by the CA again", async machine => {
  await machine.serve(machine.authority.issue("apiserver", ADDRESS, -3600));
  machine.start();
  await announced(machine);
  const first = machine.nonce;
  machine.exchange(machine.authority.issue("renewed", ADDRESS, 3600));
  await machine.questions(20);
  expect(machine.nonce).toBe(first);

  // A stranger's is refused as ever, outdated or not.
  machine.exchange(new Authority(path.join(machine.root, "stranger")).issue("apiserver", ADDRESS, -3600));
  await withdrawn(machine);
});

test("an outdated certificate of another CA, or for another address, is no answer", async machine => {
  await machine.serve(new Authority(path.join(machine.root, "stranger")).issue("apiserver", ADDRESS, -3600));
  machine.start();
  await until(() => machine.exists("run/rackplane/announcing"), "the announcer");
  machine.exchange(machine.authority.issue("other", "127.0.0.9", -3600));
  await new Promise(resolve => setTimeout(resolve, 1500));
  expect(machine.answered).toEqual([]);
  expect(machine.announced).toBe(false);
});
