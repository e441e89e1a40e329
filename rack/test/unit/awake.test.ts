import { once } from "node:events";
import * as net from "node:net";
import * as path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cliIsBuilt, cliProject, type CliProject } from "./plugins-cli.fakes";
import { reply, sshServer, type SshServer } from "./plugins-ssh.fakes";

const COMPONENTS = path.resolve(__dirname, "../../../components");

const program = ({ port, hostKey }: Pick<SshServer, "port" | "hostKey">, stdin: string) => `
import { remote } from "@pulumi/command";
import { awakeHook } from "${COMPONENTS}/machines/awake";
const awake = awakeHook("lab-awake", 1);
new remote.Command("lab-m1-member", {
  connection: { host: "127.0.0.1", port: ${port}, hostKey: "${hostKey}", dialErrorLimit: 0 },
  create: "receive",
  stdin: "${stdin}",
}, { hooks: { beforeCreate: [awake], beforeUpdate: [awake] } });
`;

/** What the kernel of a frozen machine does: it accepts connections, and no program says a word. */
async function frozen(port: number): Promise<net.Server> {
  const server = net.createServer(socket => socket.on("error", () => undefined));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

describe.skipIf(!cliIsBuilt("awake"))("a frozen machine, by the real engine", () => {
  let project: CliProject;
  const up = () => project.pulumi("up", "--yes", "--skip-preview");
  const asleep = (port: number) =>
    new RegExp(
      `lab-m1-member: found no SSH server that answers at 127\\.0\\.0\\.1 port ${port}: no SSH server within 5 s; expected one within 1 s`,
    );

  beforeAll(async () => {
    project = await cliProject();
  });
  afterAll(() => project.remove());

  it("ends up with its name, at a create and at an update, and not a preview", async () => {
    const first = await sshServer();
    const { port } = first;
    await first.close();
    let machine = await frozen(port);
    project.program(program(first, "one"));
    expect(await project.pulumi("preview")).toContain("2 to create");
    await expect(up()).rejects.toThrow(asleep(port));
    machine.close();
    await once(machine, "close");

    const server = await sshServer(port);
    project.program(program(server, "one"));
    server.behave((_ran, channel) => reply(channel, { stderr: "step one\n" }));
    // Progress is seen without a terminal, too.
    expect(await up()).toMatch(/step one[^]*created/);
    expect(server.ran).toHaveLength(1);
    await server.close();

    machine = await frozen(port);
    project.program(program(server, "two"));
    expect(await project.pulumi("preview")).toContain("1 to update");
    await expect(up()).rejects.toThrow(asleep(port));
    expect(server.ran).toHaveLength(1);
    machine.close();
  }, 120_000);
});
