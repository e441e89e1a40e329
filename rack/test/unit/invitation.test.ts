import * as path from "node:path";
import { utils } from "ssh2";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealAnswer } from "../../../cloud-init/contract/answer";
import { cliIsBuilt, cliProject, type CliProject } from "./plugins-cli.fakes";
import { reply, sshServer, type SshServer } from "./plugins-ssh.fakes";

const COMPONENTS = path.resolve(__dirname, "../../../components");

const KEY = utils.generateKeyPairSync("ed25519").private;

/** One worker that is to be invited by a cluster of these members; the invitation alone. */
const program = (members: readonly SshServer[], identity = "w0") => `
import * as pulumi from "@pulumi/pulumi";
import { parseCluster } from "${COMPONENTS}/config/parse";
import { sshMachines } from "${COMPONENTS}/machines/ssh/machines";
import { invite } from "${COMPONENTS}/membership/invite";
import { inviters } from "${COMPONENTS}/membership/inviters";
import { nodeSpec } from "${COMPONENTS}/node";
const host = ({ port, hostKey }, i) => ({ name: "m" + i, address: "10.0.0.1" + i, sshHost: "127.0.0.1", port, hostKey });
const spec = parseCluster({
  machines: { kind: "ssh", hosts: ${JSON.stringify(members.map(({ port, hostKey }) => ({ port, hostKey })))}.map(host) },
  endpoint: { kind: "kube-vip-arp", address: "10.0.0.100" },
  ssh: { privateKey: ${JSON.stringify(KEY)} },
}, { name: "lab" });
const parent = new pulumi.ComponentResource("plugins:index:After", "last");
const machines = sshMachines({ spec }, { hosts: spec.machines.hosts, role: "control-plane" });
const controlPlane = machines.map(machine => ({ ...machine, hostKey: pulumi.output(machine.hostKey), prepared: parent }));
const context = { name: "lab", spec, parent, controlPlane, node: machine => pulumi.output(nodeSpec(spec, "10.0.0.100", machine)) };
const worker = { ...machines[0], name: "w0", key: "w0", role: "worker", identity: pulumi.output("${identity}") };
const invitation = invite(context, { worker, inviters: inviters(controlPlane), turn: 0, after: [parent] });
export const token = invitation.token;
`;

const INVITE = "urn:pulumi:test::plugins::plugins:index:After$command:remote:Command::lab-w0-invite";

describe.skipIf(!cliIsBuilt("invitation"))("a worker's invitation, by the real engine", () => {
  let project: CliProject;
  const servers: SshServer[] = [];
  const up = (...args: string[]) => project.pulumi("up", "--yes", "--skip-preview", ...args);
  /** A member that answers, at the port where one was before if that is given. */
  const member = async (port = 0): Promise<SshServer> => {
    const server = await sshServer(port);
    server.behave(({ stdin }, channel) => {
      const { answerKey } = JSON.parse(stdin) as { answerKey: string };
      reply(channel, { stdout: sealAnswer(answerKey, '{"token":"abcdef.0123456789abcdef","caHash":"sha256:0"}') });
    });
    servers.push(server);
    return server;
  };

  beforeAll(async () => {
    project = await cliProject();
  });
  afterAll(async () => {
    await Promise.all(servers.map(server => server.close()));
    project.remove();
  });

  it("is made by whoever is alive, kept when nobody is, and refused by name when it has to be made then", async () => {
    const members = [await member(), await member(), await member()] as const;
    project.program(program(members));
    await members[0].close();
    // A preview asks nobody, so it does not know.
    expect(await project.pulumi("preview")).toContain("3 to create");

    expect(await up()).toContain("3 created");
    expect(members.map(({ ran }) => ran.length)).toEqual([0, 1, 0]);
    expect(JSON.parse(members[1].ran[0]?.stdin ?? "")).toMatchObject({
      verb: "mint",
      machine: { name: "m1" },
      invitee: "w0",
    });

    // The state has the key of the run in which the invitation was minted, and this program another one in each run.
    const token = () => project.pulumi("stack", "output", "token", "--show-secrets");
    expect(await token()).toBe("abcdef.0123456789abcdef\n");

    await Promise.all([members[1].close(), members[2].close()]);
    expect(await up("--expect-no-changes")).toContain("3 unchanged");
    expect(await token()).toBe("abcdef.0123456789abcdef\n");
    const refused = up("--replace", INVITE);
    await expect(refused).rejects.toThrow(
      /w0: found no control-plane machine whose SSH server answers, expected one to invite it:/,
    );
    for (const [i, { port }] of members.entries())
      await expect(refused).rejects.toThrow(`m${i} at 127.0.0.1 port ${port}: ECONNREFUSED`);

    // Another machine under the worker's name is invited anew, by who is alive now and not by who was then.
    const revived = await member(members[2].port);
    project.program(program([members[0], members[1], revived], "w0-again"));
    expect(await up()).toContain("1 replaced");
    expect(revived.ran).toHaveLength(1);
  }, 120_000);
});
