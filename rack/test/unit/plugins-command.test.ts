import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { utils } from "ssh2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { credentialsOf } from "../../plugins/command/client";
import { commandProvider } from "../../plugins/command/provider";
import type { Resource } from "../../plugins/provider";
import { ARCHIVE, ASSET, type Properties, secret, SIGNATURE, UNKNOWN } from "../../plugins/wire";
import { changed, fakeCall } from "./plugins-call.fakes";
import { reply, type SshServer, sshServer } from "./plugins-ssh.fakes";

const resourceOf = (type: string): Resource => {
  const resource = commandProvider.resource(type);
  if (resource === undefined) throw new Error(`${type} is not served`);
  return resource;
};
const remote = resourceOf("command:remote:Command");
const newCall = (seconds?: number) => fakeCall("command:remote:Command", "await", seconds);

let server: SshServer;
beforeEach(async () => {
  vi.stubEnv("SSH_AUTH_SOCK", undefined);
  server = await sshServer();
});
afterEach(async () => {
  await server.close();
  vi.unstubAllEnvs();
});

const connection = (more: Properties = {}): Properties => ({
  host: "127.0.0.1",
  port: server.port,
  hostKey: server.hostKey,
  dialErrorLimit: 0,
  ...more,
});
const inputsOf = (more: Properties, on: Properties = {}): Properties => ({
  connection: secret(connection(on)),
  ...more,
});

/** Whether it has not ended after a while. */
const still = (run: Promise<unknown>, milliseconds = 300): Promise<boolean> =>
  Promise.race([
    run.then(
      () => false,
      () => false,
    ),
    new Promise<boolean>(resolve => setTimeout(() => resolve(true), milliseconds)),
  ]);

describe("a remote command's run", () => {
  it("hands over stdin, several hundred kilobytes of it, and returns both streams", async () => {
    server.behave(({ stdin }, channel) =>
      reply(channel, { stdout: `${stdin.length}\n`, stderr: "step one\nstep two\n" }),
    );
    const call = newCall();
    const { id, state } = await remote.create(call, inputsOf({ create: "receive", stdin: "x".repeat(700_000) }), false);
    expect(id).toMatch(/^await[0-9a-f]{8}$/);
    expect(state).toMatchObject({ stdout: "700000", stderr: "step one\nstep two" });
    expect(call.lines.sort()).toEqual(["700000", "step one", "step two"]);
  });

  it("makes no output a secret, whatever is secret of what made it", async () => {
    server.behave((_ran, channel) => reply(channel, { stdout: "out", stderr: "why" }));
    const inputs = inputsOf({ create: secret("c"), stdin: secret("s") });
    const { state } = await remote.create(newCall(), inputs, false);
    expect([state.stdout, state.stderr, state.stdin]).toEqual(["out", "why", secret("s")]);
  });

  it("is not made in a preview, and its output is unknown", async () => {
    const { state } = await remote.create(newCall(), inputsOf({ create: "c" }), true);
    expect(state.stdout).toBe(UNKNOWN);
    expect(server.ran).toEqual([]);
  });

  it("that fails prints its whole line and both streams, whatever logging says, and so what it echoed of its input", async () => {
    server.behave(({ stdin }, channel) =>
      reply(channel, { stdout: "PRIVATE KEY\n", stderr: `cannot read ${stdin}\n`, code: 3 }),
    );
    const call = newCall();
    const inputs = inputsOf({ create: `install\n${"x".repeat(200)}`, stdin: secret("TOP"), logging: "none" });
    const failure = await remote.create(call, inputs, false).catch((error: Error) => error.message);
    expect(failure).toMatch(/^Process exited with status 3: running "install\\nx{200}":\n/);
    expect(failure).toContain("PRIVATE KEY\n");
    expect(failure).toContain("cannot read TOP\n");
    expect(call.lines).toEqual([]);
  });

  it("that a signal ends says which, as a status of 128 and the signal's number", async () => {
    server.behave((_ran, channel) => {
      channel.exit("KILL");
      channel.end();
    });
    const run = remote.create(newCall(), inputsOf({ create: "c" }), false);
    await expect(run).rejects.toThrow(/^Process exited with status 137 from signal KILL: running "c":/);
  });

  it.each([
    ["stderr", ["trouble"]],
    ["stdout", ["key-1"]],
    ["none", []],
    ["stdoutAndStderr", ["key-1", "trouble"]],
  ])("with logging %s shows that much while it runs", async (logging, lines) => {
    server.behave((_ran, channel) => reply(channel, { stdout: "key-1\n", stderr: "trouble\n" }));
    const call = newCall();
    await remote.create(call, inputsOf({ create: "c", logging }), false);
    expect(call.lines.sort()).toEqual(lines);
  });

  it("never ends once a line that is shown has 64 KiB, and ends when that stream is not shown", async () => {
    server.behave((_ran, channel) => reply(channel, { stdout: "x".repeat(65_536) }));
    const quiet = await remote.create(newCall(), inputsOf({ create: "c", logging: "stderr" }), false);
    expect(quiet.state.stdout).toHaveLength(65_536);
    expect(await still(remote.create(newCall(), inputsOf({ create: "c", logging: "stdout" }), false))).toBe(true);
  });
});

describe("a remote command's changes", () => {
  const before = { create: "c", triggers: ["1"], stdin: "a" };

  it("of triggers replace, all others update", async () => {
    const change = changed(inputsOf(before), inputsOf({ ...before, triggers: ["2"], stdin: "b" }));
    const { paths, replaces } = await remote.diff(newCall(), change);
    expect(Object.keys(paths).map(at => [at, replaces(at)])).toEqual([
      ["triggers[0]", true],
      ["stdin", false],
    ]);
  });

  it("of the connection count, and of secret marks alone do not", async () => {
    const moved = await remote.diff(newCall(), changed(inputsOf(before), inputsOf(before, { dialErrorLimit: 5 })));
    expect(moved.paths).toEqual({ "connection.dialErrorLimit": "UPDATE" });
    const marked = await remote.diff(newCall(), changed(inputsOf(before), inputsOf({ ...before, stdin: secret("a") })));
    expect(marked.paths).toEqual({});
  });

  it("run update with the output before, or create again when there is no update", async () => {
    server.behave(({ command }, channel) => reply(channel, { stdout: `${command}d` }));
    const outputs = { stdout: "created", stderr: "" };
    const news = inputsOf({ create: "create", update: "update" });
    expect(await remote.update(newCall(), changed(news, news, outputs), false)).toMatchObject({ stdout: "updated" });
    const bare = inputsOf({ create: "create" });
    expect(await remote.update(newCall(), changed(bare, bare, outputs), false)).toMatchObject({ stdout: "created" });
    expect(server.ran.map(ran => [ran.command, ran.environment])).toEqual([
      ["update", { PULUMI_COMMAND_STDOUT: "created" }],
      ["create", { PULUMI_COMMAND_STDOUT: "created" }],
    ]);
  });

  it("do not see the output before when addPreviousOutputInEnv is false", async () => {
    const news = inputsOf({ create: "create", addPreviousOutputInEnv: false });
    await remote.update(newCall(), changed(news, news, { stdout: "keys", stderr: "" }), false);
    expect(server.ran[0]?.environment).toEqual({});
  });

  it("end with delete, or with nothing", async () => {
    await remote.delete(newCall(), "id", inputsOf({ create: "c", delete: "leave", stdout: "", stderr: "" }));
    await remote.delete(newCall(), "id", inputsOf({ create: "c" }));
    expect(server.ran.map(ran => ran.command)).toEqual(["leave"]);
  });
});

describe("a connection", () => {
  it("takes the pinned key though the server prefers another type", async () => {
    await remote.create(newCall(), inputsOf({ create: "c" }), false);
    expect(server.ran).toHaveLength(1);
  });

  it("to a server with another key is dialled as often as to one that is away", async () => {
    const hostKey = utils.generateKeyPairSync("ed25519").public.trim();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { hostKey, dialErrorLimit: 2 }), false);
    await expect(run).rejects.toThrow(/^after 2 failed attempts: ssh: handshake failed: ssh: host key mismatch$/);
    expect(call.lines).toEqual(["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]);
    expect(server.ran).toEqual([]);
  });

  it("under an RSA key offers ssh-rsa alone, with which no OpenSSH since 8.8 signs", async () => {
    const { public: hostKey } = utils.generateKeyPairSync("rsa", { bits: 2048 });
    // The server of ssh2 cannot be kept from SHA-1, so what is offered is looked at.
    const { algorithms } = await credentialsOf({ host: "h", hostKey });
    expect(algorithms?.serverHostKey).toEqual(["ssh-rsa"]);
    const run = remote.create(newCall(), inputsOf({ create: "c" }, { hostKey }), false);
    await expect(run).rejects.toThrow(/^after 0 failed attempts: ssh: handshake failed: .*no matching host key/);
  });

  it("with a cut host key is refused before any dial", async () => {
    const run = remote.create(newCall(), inputsOf({ create: "c" }, { hostKey: "ssh-ed25519 AAAA" }), false);
    await expect(run).rejects.toThrow(/^failed to parse host key: ssh: no key found$/);
  });

  it("is not made under a stale agent socket, though a private key is given", async () => {
    vi.stubEnv("SSH_AUTH_SOCK", "/nonexistent/agent");
    const { private: privateKey } = utils.generateKeyPairSync("ecdsa", { bits: 256 });
    const run = remote.create(newCall(), inputsOf({ create: "c" }, { privateKey }), false);
    await expect(run).rejects.toThrow(/^dial unix \/nonexistent\/agent: .*ENOENT/);
  });

  it("is dialled again until the server is there", async () => {
    const { port } = server;
    await server.close();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { dialErrorLimit: -1, hostKey: undefined }), false);
    await vi.waitFor(() => expect(call.lines.length).toBeGreaterThan(1));
    server = await sshServer(port);
    await run;
    expect(call.lines[0]).toBe("Dial 1/inf failed: retrying");
    expect(server.ran).toHaveLength(1);
  });

  it("is given up one failure after dialErrorLimit", async () => {
    await server.close();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { dialErrorLimit: 2 }), false);
    await expect(run).rejects.toThrow(/^after 2 failed attempts: dial tcp 127\.0\.0\.1:\d+: connect: .*ECONNREFUSED/);
    expect(call.lines).toHaveLength(2);
  });

  it("that is lost is an error with all that was printed until then", async () => {
    server.behave((_ran, channel, peer) => void (channel.write("half a key"), setTimeout(() => peer.end(), 50)));
    const run = remote.create(newCall(), inputsOf({ create: "form", logging: "none" }), false);
    await expect(run).rejects.toThrow(
      'wait: remote command exited without exit status or exit signal: running "form":\nhalf a key',
    );
  });

  it("to a server that accepts it and says nothing is waited for without end, whatever perDialTimeout says", async () => {
    const silent = net.createServer(() => undefined).listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as net.AddressInfo;
    const call = newCall(1);
    const run = remote.create(call, inputsOf({ create: "c" }, { port, perDialTimeout: 1 }), false);
    expect(await still(run, 1500)).toBe(true);
    call.controller.abort(new Error("cancelled by the engine"));
    expect(await still(run)).toBe(true);
    silent.close();
  });

  it("is not ended by a cancellation while a command runs, and is never closed", async () => {
    const call = newCall();
    let end: (() => void) | undefined;
    let closed = false;
    server.behave((_ran, channel, peer) => {
      peer.on("close", () => (closed = true));
      end = () => reply(channel, { stdout: "done" });
    });
    const run = remote.create(call, inputsOf({ create: "c" }), false);
    await vi.waitFor(() => expect(end).toBeDefined());
    call.controller.abort(new Error("cancelled by the engine"));
    expect(await still(run)).toBe(true);
    end?.();
    expect((await run).state.stdout).toBe("done");
    expect(closed).toBe(false);
    server.behave((_ran, channel) => reply(channel, {}));
    await remote.create(newCall(), inputsOf({ create: "c" }), false);
    expect([server.connections(), closed]).toEqual([2, false]);
  });

  it("is given up when the engine cancels between two dials", async () => {
    await server.close();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { dialErrorLimit: -1 }), false);
    await vi.waitFor(() => expect(call.lines.length).toBeGreaterThan(0));
    call.controller.abort(new Error("cancelled by the engine"));
    await expect(run).rejects.toThrow("cancelled by the engine");
  });

  it("with an unreadable private key fails without a dial, and without the key in the text", async () => {
    const run = remote.create(
      newCall(),
      inputsOf({ create: "c" }, { privateKey: "PRIVATE", dialErrorLimit: -1 }),
      false,
    );
    await expect(run).rejects.toThrow(/^ssh: no key found$/);
  });

  it("through a bastion runs the command on the machine behind it", async () => {
    const bastion = await sshServer();
    const proxy = { host: "127.0.0.1", port: bastion.port, hostKey: bastion.hostKey };
    await remote.create(newCall(), inputsOf({ create: "c" }, { proxy }), false);
    expect([server.ran.length, bastion.ran.length]).toEqual([1, 0]);
    await bastion.close();
  });

  it("through a bastion whose inner handshake failed once is dialled again over the same closed channel, in vain", async () => {
    const bastion = await sshServer();
    const proxy = { host: "127.0.0.1", port: bastion.port, hostKey: bastion.hostKey };
    const hostKey = utils.generateKeyPairSync("ed25519").public.trim();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { hostKey, proxy, dialErrorLimit: 2 }), false);
    await expect(run).rejects.toThrow(/^proxy: after 2 failed attempts: ssh: handshake failed: EOF$/);
    expect(bastion.forwarded()).toBe(1);
    await bastion.close();
  });

  it("has the plugin's own defaults among its inputs, the bastion's too", async () => {
    const given = { host: "h", proxy: { host: "b", user: "ops" } };
    const checked = await remote.check?.(newCall(), undefined, { create: "c", connection: secret(given) });
    const defaults = { user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 };
    expect(checked?.inputs.connection).toEqual(
      secret({ ...defaults, host: "h", proxy: { ...defaults, host: "b", user: "ops" } }),
    );
  });
});

describe("a copy", () => {
  const copy = resourceOf("command:remote:CopyToRemote");
  const inputs = (source: Properties, remotePath: string): Properties => inputsOf({ source, remotePath });
  const text = (content: string, hash: string) => ({ [SIGNATURE]: ASSET, text: content, hash });

  it("of a text makes the directories above it", async () => {
    await copy.create(fakeCall("c"), inputs(text("hello", "1"), "/etc/rackplane/greeting"), false);
    expect(Object.fromEntries(server.files)).toEqual({
      "/etc/": "",
      "/etc/rackplane/": "",
      "/etc/rackplane/greeting": "hello",
    });
  });

  it("of a directory goes into remotePath by its name, without a slash at its end", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "copy-"));
    fs.mkdirSync(path.join(directory, "sub"));
    fs.writeFileSync(path.join(directory, "sub", "file"), "content");
    const archive = { [SIGNATURE]: ARCHIVE, path: directory, hash: "1" };
    await copy.create(fakeCall("c"), inputs(archive, "/opt"), false);
    fs.rmSync(directory, { recursive: true });
    expect(server.files.get(`/opt/${path.basename(directory)}/sub/file`)).toBe("content");
  });

  it("is made again for another content, not for another connection", async () => {
    const before = inputs(text("a", "1"), "/a");
    const elsewhere = { ...before, connection: secret(connection({ user: "admin" })) };
    await copy.update(fakeCall("c"), changed(before, elsewhere), false);
    expect(server.files.size).toBe(0);
    await copy.update(fakeCall("c"), changed(before, inputs(text("b", "2"), "/a")), false);
    expect(server.files.get("/a")).toBe("b");
  });
});
