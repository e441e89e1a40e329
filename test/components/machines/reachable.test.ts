import net from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import { firstReachable, shared, sshProblem, type Ask, type SshServer } from "../../../components/machines/reachable";
import { refuseUnreachable } from "../../../components/membership/inviters";
import { TIMED } from "../../timed";

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A listener on this machine that does `greet` with every client. */
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

/** A port that was listened at and is not any more. */
async function closed(): Promise<number> {
  const port = await listening(() => undefined);
  await new Promise(resolve => servers.pop()?.close(resolve));
  return port;
}

const at = (port: number) => ({ host: "127.0.0.1", port });
const sshd = () => listening(socket => socket.write("SSH-2.0-OpenSSH_9.6\r\n"));

describe("a machine is reachable", () => {
  test("when an SSH server says its first line, in pieces too and after others", async () => {
    expect(await sshProblem(at(await sshd()))).toBeUndefined();
    const slow = await listening(socket => {
      socket.write("be welcome\r\nSS");
      setTimeout(() => socket.write("H-2.0-x\r\n"), 20);
    });
    expect(await sshProblem(at(slow))).toBeUndefined();
  });

  test("and not when no program listens", async () => {
    expect(await sshProblem(at(await closed()))).toBe("ECONNREFUSED");
  });

  test("and not when it accepts a connection and hangs: so does the kernel of a frozen one", async () => {
    expect(await sshProblem(at(await listening(() => undefined)), 0.1)).toBe("no SSH server within 0.1 s");
  });

  test("and not when it turns the connection away, which is told", async () => {
    expect(await sshProblem(at(await listening(socket => socket.end("Not allowed at this time\r\n"))))).toBe(
      'hung up, but "Not allowed at this time"',
    );
    expect(await sshProblem(at(await listening(socket => socket.end())))).toBe("hung up");
    expect(await sshProblem(at(await listening(socket => socket.write("x".repeat(5000)))))).toMatch(
      /^no SSH server, but "x{60}"$/,
    );
  });
});

describe("the machine that invites", () => {
  const sshServers = (...ports: number[]): SshServer[] =>
    ports.map((port, i) => ({ name: `m${i}`, ...at(port), behindBastion: false }));
  const ask: Ask = server => sshProblem(server, 1);

  test("is the turn's where all are reachable, so that they are spread", async () => {
    const three = sshServers(await sshd(), await sshd(), await sshd());
    const choices = await Promise.all([0, 1, 2, 3, 7].map(turn => firstReachable(three, turn, ask)));
    expect(choices.map(({ index }) => index)).toEqual([0, 1, 2, 0, 1]);
  });

  test("is the next one after unreachable ones, around the end too", async () => {
    const one = sshServers(await closed(), await sshd(), await closed());
    const choices = await Promise.all([0, 1, 2].map(turn => firstReachable(one, turn, ask)));
    expect(choices).toEqual([0, 1, 2].map(() => ({ index: 1, unreachable: [] })));
  });

  test("is found after the time of one unreachable machine, however many hang", TIMED, async () => {
    const hanging = await listening(() => undefined);
    const begin = Date.now();
    const { index } = await firstReachable(sshServers(hanging, hanging, hanging, hanging, await sshd()), 0, server =>
      sshProblem(server, 0.5),
    );
    expect(index).toBe(4);
    expect(Date.now() - begin).toBeLessThan(1500);
  });

  test("is none where all are unreachable: each is named, in the order of the turn, with its reason", async () => {
    const ports = [await closed(), await listening(socket => socket.end())];
    const choice = await firstReachable(sshServers(...ports), 3, ask);
    expect(choice).toEqual({
      index: 1,
      unreachable: [`m1 at 127.0.0.1 port ${ports[1]}: hung up`, `m0 at 127.0.0.1 port ${ports[0]}: ECONNREFUSED`],
    });
    expect(() => refuseUnreachable("w21", choice.unreachable)).toThrow(
      new Error(
        [
          "w21: found no control-plane machine whose SSH server answers, expected one to invite it:",
          `  m1 at 127.0.0.1 port ${ports[1]}: hung up`,
          `  m0 at 127.0.0.1 port ${ports[0]}: ECONNREFUSED`,
          "Bring one of them back, or mend the way to it from here, and run 'pulumi up' again; it goes on from here.",
        ].join("\n"),
      ),
    );
    expect(() => refuseUnreachable("w21", [])).not.toThrow();
  });

  test("is the turn's, unasked, where all are behind a bastion", async () => {
    const neverAsked = vi.fn<Ask>();
    const unasked = sshServers(1, 2, 3).map(server => ({ ...server, behindBastion: true }));
    expect(await firstReachable(unasked, 4, neverAsked)).toEqual({ index: 1, unreachable: [] });
    expect(neverAsked).not.toHaveBeenCalled();
  });

  test("is one behind a bastion where those that can be asked are unreachable", async () => {
    const [first, second, third] = sshServers(await closed(), await closed(), 3) as [SshServer, SshServer, SshServer];
    expect(await firstReachable([first, second, { ...third, behindBastion: true }], 0, ask)).toEqual({
      index: 2,
      unreachable: [],
    });
  });
});

test("many that ask the same server within a while ask once", TIMED, async () => {
  let connections = 0;
  const port = await listening(socket => {
    connections += 1;
    socket.end("SSH-2.0-x\r\n");
  });
  const server = { name: "m0", ...at(port), behindBastion: false };
  const ask = shared(sshProblem, 0.2);
  await Promise.all([ask(server), ask(server), ask({ ...server })]);
  expect(connections).toBe(1);
  await new Promise(resolve => setTimeout(resolve, 250));
  expect(await ask(server)).toBeUndefined();
  expect(connections).toBe(2);
});
