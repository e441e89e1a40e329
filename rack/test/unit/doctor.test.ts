import execa from "execa";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Diagnosis } from "../../../doctor/diagnosis";
import { seen } from "../../../test/doctor/reports";
import { plainNode } from "../../../test/cloud-init/nodes";
import { REPOSITORY } from "../../cli/paths";
import { reply, sshServer, type Behaviour, type SshServer } from "./plugins-ssh.fakes";

/** The doctor as a person calls it, without a rack: OpenSSH's own client, an SSH server and a machine that is a folder. */
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-doctor-test-"));
const stackFile = path.join(folder, "Pulumi.prod.yaml");
afterAll(() => fs.rmSync(folder, { recursive: true }));

let server: SshServer;
beforeEach(async () => {
  server = await sshServer();
  writeStack(server.hostKey);
});
afterEach(() => server.close());

function writeStack(hostKey: string): void {
  const host = { name: "lab-cp-0", address: "10.70.0.1", sshHost: "127.0.0.1", port: server.port, hostKey };
  const config = {
    "rackplane:name": "lab",
    "rackplane:machines": { kind: "ssh", hosts: [host] },
    "rackplane:endpoint": { kind: "kube-vip-arp", address: "10.70.0.100", prefix: 24 },
  };
  fs.writeFileSync(stackFile, JSON.stringify({ config }));
}

async function doctor(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const argv = [
    "--import",
    path.join(REPOSITORY, "node_modules/tsx/dist/loader.mjs"),
    path.join(REPOSITORY, "doctor/main.ts"),
  ];
  // Neither this person's agent nor their settings take part.
  const env = { HOME: folder, SSH_AUTH_SOCK: "" };
  const { exitCode, stdout, stderr } = await execa(process.execPath, [...argv, ...args], {
    env,
    reject: false,
    stdin: "ignore",
  });
  return { code: exitCode, stdout, stderr };
}

const tells =
  (changes: Parameters<typeof seen>[1]): Behaviour =>
  (_ran, channel) =>
    reply(channel, { stdout: JSON.stringify(seen(0, { ca: null, ...changes })) });

const ONE = {
  nodes: [{ name: "lab-cp-0", ready: true, why: "", unschedulable: false, taints: [], annotations: [], pressures: [] }],
  members: [{ id: "1", name: "lab-cp-0", address: "10.70.0.1", learner: false }],
};

/** By the clock here, which the machine's is compared with. */
const now = () => ({ began: Date.now() / 1000, ended: Date.now() / 1000 });

describe("the doctor on the command line, without a rack", () => {
  test("finds nothing on a healthy machine, says so, and ends with 0; the machine runs the doctor's own program", async () => {
    server.behave((ran, channel, connection) => tells({ ...ONE, ...now() })(ran, channel, connection));
    const { code, stdout } = await doctor(stackFile);
    expect(stdout).toMatch(/^lab is healthy: 1 machines, \d+ examinations, nothing found$/);
    expect(code).toBe(0);
    expect(server.ran.map(({ command }) => command)).toEqual([
      expect.stringMatching(/if \[ "\$h" = [0-9a-f]{64} \]; then exec \/opt\/rackplane\/bin\/rackplane examine; fi/),
    ]);
  });

  test("names the first fault and ends with 1", async () => {
    server.behave((ran, channel, connection) =>
      tells({
        ...ONE,
        ...now(),
        nodes: [],
        workloads: [{ kind: "Deployment", namespace: "kube-system", name: "coredns", wanted: 0, ready: 0, asks: null }],
      })(ran, channel, connection),
    );
    const { code, stdout } = await doctor(stackFile);
    expect(stdout).toMatch(
      /^the first fault of 2 \(lab: 1 machines, \d+ examinations\)\n {2}lab-cp-0: the cluster has no Node of it;/,
    );
    expect(stdout).toMatch(
      /\nafter it, and perhaps because of it\n {2}Deployment kube-system\/coredns asks for no pod;/,
    );
    expect(code).toBe(1);
  });

  test("runs no command on a server with another host key than the stack file's", async () => {
    const other = await sshServer();
    writeStack(other.hostKey);
    await other.close();
    const { code, stdout } = await doctor(stackFile, "--json");
    expect((JSON.parse(stdout) as Diagnosis).first?.sentence).toMatch(
      /^lab-cp-0: SSH to root@127\.0\.0\.1 port \d+: another host key than expected/,
    );
    expect(code).toBe(1);
    expect(server.ran).toEqual([]);
  });

  test("is told where a machine is, and names one that nobody answers for", async () => {
    const { code, stdout } = await doctor(stackFile, "--json", "--machines", "lab-cp-0=127.0.0.2");
    expect((JSON.parse(stdout) as Diagnosis).first?.sentence).toMatch(
      /127\.0\.0\.2 port \d+: .*Connection refused; expected an SSH server there/,
    );
    expect(code).toBe(1);
  });

  test("ends with 2 and everything that is wrong when it is called in a way that it cannot follow", async () => {
    const { code, stderr } = await doctor(stackFile, "--machines", "lab-cp-7=127.0.0.2");
    expect(stderr).toBe(
      "rackplane-doctor: --machines, --outputs: found lab-cp-7, expected machines of the stack: lab-cp-0\nsee rackplane-doctor --help",
    );
    expect(code).toBe(2);
  });
});

describe("a machine that is a folder, with the on-node program itself", () => {
  const root = path.join(folder, "machine");
  const write = (file: string, content: string, mode = 0o644) => {
    fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
    fs.writeFileSync(path.join(root, file), content, { mode });
  };
  beforeAll(() => {
    write("etc/rackplane/node.json", JSON.stringify({ ...plainNode, cluster: { ...plainNode.cluster, name: "lab" } }));
    write(
      "var/lib/rackplane/machine.json",
      JSON.stringify({ name: "lab-cp-0", address: "127.0.0.77", interface: "lo", peers: [] }),
    );
    write("run/rackplane/prepared", "");
    write("bin/systemctl", "#!/bin/sh\necho inactive\n", 0o755);
    write("bin/systemd-detect-virt", "#!/bin/sh\n", 0o755);
    write("bin/curl", "#!/bin/sh\necho 'curl: (7) refused' >&2; exit 7\n", 0o755);
    write("bin/kubectl", "#!/bin/sh\nexit 1\n", 0o755);
    write("bin/uname", "#!/bin/sh\necho lab-cp-0\n", 0o755);
  });

  test("that has no program is sent it for this one question, and tells what is wrong with itself", async () => {
    server.behave(({ command, stdin }, channel) => {
      // The folder in place of the machine's file system.
      const shell = spawn(
        "bash",
        [
          "-c",
          command
            .replaceAll("/opt/rackplane", `${root}/opt/rackplane`)
            .replaceAll("/run/rackplane-doctor", `${root}/run/rackplane-doctor`),
        ],
        { env: { ...process.env, RACKPLANE_ROOT: root, PATH: `${root}/bin:${process.env.PATH}` } },
      );
      let [stdout, stderr] = ["", ""];
      shell.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
      shell.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
      shell.stdin.on("error", () => undefined);
      shell.stdin.end(stdin);
      shell.on("close", code => reply(channel, { stdout, stderr, code: code ?? 1 }));
    });
    const { stdout, stderr } = await doctor(stackFile, "--json");
    expect(stderr).toBe("");
    const { first, others } = JSON.parse(stdout) as Diagnosis;
    const all = [first, ...others];
    expect(first?.sentence).toMatch(/^lab-cp-0: no program in \/opt\/rackplane/);
    expect(all.map(finding => finding?.examination)).toEqual(
      expect.arrayContaining(["containerd", "parts", "etcd", "api-server", "announcer", "announced", "endpoint"]),
    );
    expect(all.find(finding => finding?.examination === "containerd")?.sentence).toMatch(
      /^lab-cp-0: containerd\.service is inactive; expected containerd to run and to answer; run 'systemctl restart containerd' on it/,
    );
    expect(fs.readdirSync(path.join(root, "run"))).toEqual(["rackplane"]);
    expect(fs.existsSync(path.join(root, "opt"))).toBe(false);
  });
});
