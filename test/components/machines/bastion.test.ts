import net from "node:net";
import { Server, utils } from "ssh2";
import { afterEach, expect, test } from "vitest";
import { lookBefore } from "../../../components/machines/awake";
import { sshProblem } from "../../../components/machines/reachable";

const PAIR = utils.generateKeyPairSync("ecdsa", { bits: 256 });
const OTHER = utils.generateKeyPairSync("ecdsa", { bits: 256 });
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

const portOf = (server: { address(): unknown }) => (server.address() as net.AddressInfo).port;

/** Something behind the bastion that does `greet` with every client. */
async function behind(greet: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer(socket => {
    socket.on("error", () => undefined);
    greet(socket);
    ends.push(() => socket.destroy());
  });
  ends.push(() => server.close());
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  return portOf(server);
}

/** A bastion that lets one key in, or nobody, and reaches what is behind it. */
async function bastion({ letsIn = true } = {}) {
  const server = new Server({ hostKeys: [PAIR.private] }, connection => {
    connection.on("error", () => undefined);
    connection.on("authentication", attempt => {
      if (letsIn && attempt.method === "publickey") attempt.accept();
      else attempt.reject(["publickey"]);
    });
    connection.on("tcpip", (accept, reject, { destIP, destPort }) => {
      const socket = net.connect(destPort, destIP);
      socket.on("error", () => reject());
      socket.on("connect", () => {
        const channel = accept();
        channel.on("error", () => undefined);
        channel.pipe(socket).pipe(channel);
      });
    });
  });
  ends.push(() => server.close());
  await new Promise<void>(resolve => void server.listen(0, "127.0.0.1", resolve));
  return { host: "127.0.0.1", port: portOf(server), user: "root", privateKey: PAIR.private, hostKey: PAIR.public };
}

const looked = async (port: number, at: Awaited<ReturnType<typeof bastion>>) =>
  sshProblem({ host: "127.0.0.1", port, bastion: at }, 0.5);

test("a machine behind a bastion answers when its SSH server says its first line through it", async () => {
  const port = await behind(socket => socket.write("SSH-2.0-x\r\n"));
  expect(await looked(port, await bastion())).toBeUndefined();
});

test("a frozen machine behind a bastion, whose kernel still accepts connections, does not answer", async () => {
  const port = await behind(() => undefined);
  expect(await looked(port, await bastion())).toBe("no SSH server within 0.5 s");
});

test("a machine behind a bastion at which nobody listens does not answer, in the bastion's words", async () => {
  const port = await behind(() => undefined);
  ends.splice(0, 1).forEach(end => end());
  expect(await looked(port, await bastion())).toMatch(/^the bastion 127\.0\.0\.1 finds .*Channel open failure/);
});

test("a bastion that is off is the reason", async () => {
  const at = await bastion();
  ends.splice(0).forEach(end => end());
  expect(await looked(22, at)).toMatch(/^the bastion 127\.0\.0\.1 port \d+: .*ECONNREFUSED/);
});

test("a bastion that hangs is the reason", async () => {
  const hanging = await behind(() => undefined);
  expect(await looked(22, { ...(await bastion()), port: hanging })).toMatch(/^the bastion .*Timed out/);
});

test("a login that the bastion refuses, or its other key, is left to the command, which says so itself", async () => {
  const port = await behind(() => undefined);
  expect(await looked(port, await bastion({ letsIn: false }))).toBeUndefined();
  expect(await looked(port, { ...(await bastion()), hostKey: OTHER.public })).toBeUndefined();
});

test("the look before a command names the machine and the bastion", async () => {
  const port = await behind(() => undefined);
  ends.splice(0, 1).forEach(end => end());
  const proxy = await bastion();
  const look = lookBefore(0)({
    urn: "",
    id: "",
    type: "command:remote:Command",
    name: "lab-w0-worker",
    newInputs: { connection: { host: "127.0.0.1", port, proxy } },
  });
  await expect(look).rejects.toThrow(
    /^lab-w0-worker: found no SSH server that answers at 127\.0\.0\.1 port \d+, through the bastion 127\.0\.0\.1: the bastion 127\.0\.0\.1 finds /,
  );
});
