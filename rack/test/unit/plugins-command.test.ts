import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { utils } from "ssh2";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
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

  it("taints its output when what makes it is secret, and not because of the connection", async () => {
    server.behave((_ran, channel) => reply(channel, { stdout: "out" }));
    const open = await remote.create(newCall(), inputsOf({ create: "c", stdin: "s" }), false);
    const tainted = await remote.create(newCall(), inputsOf({ create: "c", stdin: secret("s") }), false);
    expect(open.state.stdout).toBe("out");
    expect(tainted.state.stdout).toEqual(secret("out"));
    expect(tainted.state.stderr).toEqual(secret(""));
  });

  it("is not made in a preview, and its output is unknown", async () => {
    const { state } = await remote.create(newCall(), inputsOf({ create: "c" }), true);
    expect(state.stdout).toBe(UNKNOWN);
    expect(server.ran).toEqual([]);
  });

  it("that fails tells its status and output, and neither stdin nor environment", async () => {
    server.behave((_ran, channel) => reply(channel, { stdout: "half a key\n", stderr: "no disk\n", code: 3 }));
    const inputs = inputsOf({ create: "install\nmore", stdin: "TOP", environment: { KEY: "SECRET" } });
    const failure = await remote.create(newCall(), inputs, false).catch((error: Error) => error.message);
    expect(failure).toContain(`Process exited with status 3: running "install" … on 127.0.0.1:${server.port}:`);
    expect(failure).toContain("half a key");
    expect(failure).not.toMatch(/TOP|SECRET/);
  });

  it.each([
    ["stderr", ["trouble"], /^(?!.*key-1).*trouble\n\(stdout withheld/s],
    ["stdout", ["key-1"], /^(?!.*trouble).*key-1\n\(stderr withheld/s],
    ["none", [], /^(?!.*(key-1|trouble)).*stdout and stderr withheld/s],
    ["stdoutAndStderr", ["key-1", "trouble"], /key-1.*trouble|trouble.*key-1/s],
  ])("with logging %s shows that much, as progress and in the error", async (logging, lines, message) => {
    server.behave((_ran, channel) => reply(channel, { stdout: "key-1\n", stderr: "trouble\n", code: 1 }));
    const call = newCall();
    await expect(remote.create(call, inputsOf({ create: "c", logging }), false)).rejects.toThrow(message);
    expect(call.lines.sort()).toEqual(lines);
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

  it("to a server with another key is refused at once, whatever the dial limit", async () => {
    const hostKey = utils.generateKeyPairSync("ed25519").public.trim();
    const run = remote.create(newCall(), inputsOf({ create: "c" }, { hostKey, dialErrorLimit: -1 }), false);
    await expect(run).rejects.toThrow(`host key mismatch: 127.0.0.1:${server.port} shows another key`);
    expect(server.ran).toEqual([]);
  });

  it("with a cut host key is refused before any dial", async () => {
    const run = remote.create(newCall(), inputsOf({ create: "c" }, { hostKey: "ssh-ed25519 AAAA" }), false);
    await expect(run).rejects.toThrow(/connection.hostKey .* expected "<type> <base64>"/);
  });

  it("is dialled again until the server is there", async () => {
    const { port } = server;
    await server.close();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { dialErrorLimit: -1, hostKey: undefined }), false);
    await vi.waitFor(() => expect(call.lines.length).toBeGreaterThan(1));
    server = await sshServer(port);
    await run;
    expect(call.lines[0]).toMatch(/^dial 1\/inf to 127.0.0.1:\d+ failed: .*ECONNREFUSED.*; retrying$/);
    expect(server.ran).toHaveLength(1);
  });

  it("is given up one failure after dialErrorLimit", async () => {
    await server.close();
    const call = newCall();
    const run = remote.create(call, inputsOf({ create: "c" }, { dialErrorLimit: 2 }), false);
    await expect(run).rejects.toThrow(/after 3 dials \(dialErrorLimit 2\)/);
    expect(call.lines).toHaveLength(2);
  });

  it("that is lost is an error naming host and command, shortened", async () => {
    server.behave((_ran, channel, peer) => void (channel.write("half"), peer.end()));
    const long = `member ${"x".repeat(100)}`;
    const run = remote.create(newCall(), inputsOf({ create: long }), false);
    await expect(run).rejects.toThrow(
      `ssh: connection to 127.0.0.1:${server.port} lost while running "${long.slice(0, 79)}…"`,
    );
  });

  it("is closed when the engine cancels", async () => {
    const call = newCall();
    const closed = new Promise<void>(resolve => {
      server.behave((_ran, _channel, peer) => {
        peer.on("close", () => resolve());
        call.controller.abort(new Error("cancelled by the engine"));
      });
    });
    await expect(remote.create(call, inputsOf({ create: "c" }), false)).rejects.toThrow("cancelled by the engine");
    await closed;
  });

  it("with an unreadable private key fails without a second dial, and without the key in the text", async () => {
    const run = remote.create(
      newCall(),
      inputsOf({ create: "c" }, { privateKey: "PRIVATE", dialErrorLimit: -1 }),
      false,
    );
    const message = await run.catch((error: Error) => error.message);
    expect(message).toMatch(/ssh: connection to .*privateKey/);
    expect(message).not.toContain("PRIVATE");
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
