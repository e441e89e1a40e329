import net from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { firstAlive, sharedLook, sshAnswers, type Door, type Look } from "../../../components/machines/first-answering";
import { refuseSilence } from "../../../components/membership/inviters";

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A listener on this machine that does `greet` with whoever connects. */
async function listening(greet: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer(socket => {
    socket.on("error", () => undefined);
    greet(socket);
  });
  servers.push(server);
  await new Promise<void>(resolve => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as net.AddressInfo).port;
}

/** A port at which nobody listens: one that somebody had. */
async function closed(): Promise<number> {
  const port = await listening(() => undefined);
  await new Promise(resolve => servers.pop()?.close(resolve));
  return port;
}

const at = (port: number) => ({ host: "127.0.0.1", port });
const sshd = () => listening(socket => socket.write("SSH-2.0-OpenSSH_9.6\r\n"));

describe("a machine is alive", () => {
  test("when an SSH server says its first line, in pieces too and after others", async () => {
    expect(await sshAnswers(at(await sshd()))).toBeUndefined();
    const slow = await listening(socket => {
      socket.write("be welcome\r\nSS");
      setTimeout(() => socket.write("H-2.0-x\r\n"), 20);
    });
    expect(await sshAnswers(at(slow))).toBeUndefined();
  });

  test("and not when nobody listens", async () => {
    expect(await sshAnswers(at(await closed()))).toBe("ECONNREFUSED");
  });

  test("and not when it accepts a connection and hangs: so does the kernel of a frozen one", async () => {
    expect(await sshAnswers(at(await listening(() => undefined)), 0.1)).toBe("no SSH server within 0.1 s");
  });

  test("and not when it turns the connection away, which is told", async () => {
    expect(await sshAnswers(at(await listening(socket => socket.end("Not allowed at this time\r\n"))))).toBe(
      'hung up, but "Not allowed at this time"',
    );
    expect(await sshAnswers(at(await listening(socket => socket.end())))).toBe("hung up");
    expect(await sshAnswers(at(await listening(socket => socket.write("x".repeat(5000)))))).toMatch(
      /^no SSH server, but "x{60}"$/,
    );
  });
});

describe("who invites", () => {
  const doors = (...ports: number[]): Door[] => ports.map((port, i) => ({ name: `m${i}`, ...at(port), hidden: false }));
  const look: Look = door => sshAnswers(door, 1);

  test("is the turn's where all are alive, so that they are spread", async () => {
    const three = doors(await sshd(), await sshd(), await sshd());
    const choices = await Promise.all([0, 1, 2, 3, 7].map(turn => firstAlive(three, turn, look)));
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 0, 1]);
  });

  test("is the next one after the dead, around the end too", async () => {
    const one = doors(await closed(), await sshd(), await closed());
    const choices = await Promise.all([0, 1, 2].map(turn => firstAlive(one, turn, look)));
    expect(choices).toEqual([0, 1, 2].map(() => ({ index: 1, silent: [] })));
  });

  test("is found after the time of one dead machine, however many hang", async () => {
    const hanging = await listening(() => undefined);
    const begin = Date.now();
    const { index } = await firstAlive(doors(hanging, hanging, hanging, hanging, await sshd()), 0, door =>
      sshAnswers(door, 0.5),
    );
    expect(index).toBe(4);
    expect(Date.now() - begin).toBeLessThan(1500);
  });

  test("is nobody where all are dead: each is named, in the order of the turn, with its reason", async () => {
    const ports = [await closed(), await listening(socket => socket.end())];
    const choice = await firstAlive(doors(...ports), 3, look);
    expect(choice).toEqual({
      index: 1,
      silent: [`m1 at 127.0.0.1 port ${ports[1]}: hung up`, `m0 at 127.0.0.1 port ${ports[0]}: ECONNREFUSED`],
    });
    expect(() => refuseSilence(choice, "w21")).toThrow(
      new Error(
        [
          "w21: found no control-plane machine whose SSH server answers, expected one to invite it:",
          `  m1 at 127.0.0.1 port ${ports[1]}: hung up`,
          `  m0 at 127.0.0.1 port ${ports[0]}: ECONNREFUSED`,
          "Bring one of them back, or mend the way to it from here, and run 'pulumi up' again; it goes on from here.",
        ].join("\n"),
      ),
    );
    expect(() => refuseSilence({ index: 0, silent: [] }, "w21")).not.toThrow();
  });

  test("is the turn's, unasked, where all are behind a bastion", async () => {
    const nobody = vi.fn<Look>();
    const hidden = doors(1, 2, 3).map(door => ({ ...door, hidden: true }));
    expect(await firstAlive(hidden, 4, nobody)).toEqual({ index: 1, silent: [] });
    expect(nobody).not.toHaveBeenCalled();
  });

  test("is one behind a bastion where those that can be asked are dead", async () => {
    const [first, second, third] = doors(await closed(), await closed(), 3) as [Door, Door, Door];
    expect(await firstAlive([first, second, { ...third, hidden: true }], 0, look)).toEqual({ index: 2, silent: [] });
  });
});

test("many who look at the same door within a while look once", async () => {
  let connections = 0;
  const port = await listening(socket => {
    connections += 1;
    socket.end("SSH-2.0-x\r\n");
  });
  const door = { name: "m0", ...at(port), hidden: false };
  const look = sharedLook(sshAnswers, 0.2);
  await Promise.all([look(door), look(door), look({ ...door })]);
  expect(connections).toBe(1);
  await new Promise(resolve => setTimeout(resolve, 250));
  expect(await look(door)).toBeUndefined();
  expect(connections).toBe(2);
});
