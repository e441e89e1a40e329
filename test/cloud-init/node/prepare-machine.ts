import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import * as os from "node:os";
import * as path from "node:path";

import type { NodeSpec } from "../../../cloud-init/contract/node";
import { plainNode } from "../nodes";

const BUNDLE = path.resolve(__dirname, "../../../cloud-init/node");
const FAKES = path.join(__dirname, "prepare-fakes.sh");

/** Programs that change a machine: on the machine of a test they only note their arguments and answer. */
const CHANGING = [
  "apt-get",
  "apt-cache",
  "apt-mark",
  "dpkg",
  "dpkg-query",
  "systemctl",
  "journalctl",
  "modprobe",
  "swapoff",
  "systemd-detect-virt",
  "uname",
  "ip",
  "ctr",
  "containerd",
  "runc",
  "iptables",
  "kubeadm",
  "kubelet",
  "kubectl",
];

/** The host key that cloud-init made on the machine. */
export const HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJqEMPIDSxsw0mGTmTjGTL6yV6fVEqkvJhZ3E6v7aLhb";

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export type Json = Record<string, unknown>;

/** The metadata of an Equinix Metal machine with two switches; `extra` replaces top-level members. */
export const metadata = (extra: Json = {}): Json => ({
  id: "5d1c2e9a-5b0a-4a6c-9c4e-3f1f2d1b7a10",
  hostname: "demo-cp-0",
  network: {
    addresses: [
      { address_family: 4, public: true, management: true, address: "198.51.100.41", gateway: "198.51.100.40" },
      { address_family: 6, public: true, management: true, address: "2001:db8::3", gateway: "2001:db8::2" },
      // An extra private address of the project: not the one that sessions are accepted from.
      { address_family: 4, public: false, management: false, address: "10.70.99.1", gateway: "10.70.99.0" },
      { address_family: 4, public: false, management: true, address: "10.70.17.9", gateway: "10.70.17.8" },
    ],
  },
  bgp_neighbors: [neighbor()],
  ...extra,
});

export const neighbor = (extra: Json = {}): Json => ({
  address_family: 4,
  customer_as: 65000,
  customer_ip: "10.70.17.9",
  md5_enabled: false,
  md5_password: null,
  multihop: true,
  peer_as: 65530,
  peer_ips: ["169.254.255.1", "169.254.255.2"],
  ...extra,
});

/**
 * A machine in a directory: the on-node program runs on it as it is, with the directory as its root and the
 * programs of {@link CHANGING} in its PATH. The platform's services are a real HTTP server.
 */
export class FakeMachine {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-machine-"));
  /** What the metadata service answers, in this order, the last one for ever; `undefined` is a 503. */
  answers: (Json | string | undefined)[] = [metadata()];
  /** What was posted to the platform's event log. */
  readonly events: Json[] = [];
  /** The on-node program; another one for a machine that was brought less of it. */
  bundle = BUNDLE;
  key = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n";
  private readonly server: http.Server;

  private constructor() {
    this.server = http.createServer((request, response) => this.answer(request, response));
  }

  /** A machine with the given node document, freshly booted: nothing is installed. */
  static async boot(node: (url: string) => NodeSpec = quick): Promise<FakeMachine> {
    const machine = new FakeMachine();
    await new Promise<void>(done => machine.server.listen(0, "127.0.0.1", done));
    machine.write("etc/rackplane/node.json", JSON.stringify(node(machine.url)));
    machine.write("proc/sys/net/ipv4/ip_forward", "0\n");
    machine.write("etc/ssh/ssh_host_ed25519_key.pub", `${HOST_KEY} root@demo-cp-0\n`);
    for (const plugin of ["loopback", "bridge", "host-local", "portmap"])
      machine.write(`opt/cni/bin/${plugin}`, "", 0o755);
    for (const name of CHANGING) machine.link(`fakes/${name}`, FAKES);
    machine.write("calls", "");
    return machine;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** `rackplane VERB...` */
  run(...verb: string[]): Promise<Outcome> {
    return this.bash(path.join(this.bundle, "bin/rackplane"), ...verb);
  }

  /** One step of `prepare` alone. */
  step(name: string): Promise<Outcome> {
    return this.bash(
      ["boot", "grant"].map(room => path.join(BUNDLE, room, `steps/${name}.sh`)).find(file => fs.existsSync(file)) ??
        name,
    );
  }

  private bash(...command: string[]): Promise<Outcome> {
    const env = {
      PATH: `${this.root}/fakes:/usr/bin:/bin`,
      RACKPLANE_ROOT: this.root,
      RACKPLANE_BUNDLE: this.bundle,
      RACKPLANE_POLL: "0.2",
    };
    return new Promise(done => {
      const child = spawn("bash", command, { env });
      let stdout = "",
        stderr = "";
      child.stdout.on("data", (text: Buffer) => (stdout += text.toString()));
      child.stderr.on("data", (text: Buffer) => (stderr += text.toString()));
      child.on("close", code => done({ code: code ?? -1, stdout, stderr }));
    });
  }

  /** Gives the machine another node document, as a grant does. */
  setNode(node: NodeSpec): void {
    this.write("etc/rackplane/node.json", JSON.stringify(node));
  }

  /** What a reboot leaves: everything but /run and the kernel's routes. */
  reboot(): void {
    for (const lost of ["run", "routes"]) fs.rmSync(path.join(this.root, lost), { recursive: true, force: true });
    this.write("calls", "");
  }

  write(file: string, content: string, mode = 0o644): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.writeFileSync(path.join(this.root, file), content, { mode });
  }
  link(file: string, target: string): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.symlinkSync(target, path.join(this.root, file));
  }
  read(file: string): string {
    return fs.readFileSync(path.join(this.root, file), "utf8");
  }
  exists(file: string): boolean {
    return fs.existsSync(path.join(this.root, file));
  }
  remove(file: string): void {
    fs.rmSync(path.join(this.root, file), { recursive: true, force: true });
  }
  mode(file: string): string {
    return (fs.statSync(path.join(this.root, file)).mode & 0o777).toString(8);
  }
  machineJson(): Json {
    return JSON.parse(this.read("var/lib/rackplane/machine.json")) as Json;
  }

  /** The calls of changing programs that begin so. */
  calls(beginning = ""): string[] {
    return this.read("calls")
      .split("\n")
      .filter(line => line !== "" && line.startsWith(beginning));
  }

  /** The status file's lines as `step state message`. */
  progress(): string[] {
    return this.read("var/lib/rackplane/status")
      .trimEnd()
      .split("\n")
      .map(line => line.split("\t").slice(2).join(" "));
  }

  /** The service stops answering, as at a site where it comes up after the machines. */
  silence(): Promise<void> {
    return new Promise(done => this.server.close(() => done()));
  }

  async end(): Promise<void> {
    if (this.server.listening) await this.silence();
    fs.rmSync(this.root, { recursive: true, force: true });
  }

  private answer(request: http.IncomingMessage, response: http.ServerResponse): void {
    response.setHeader("Connection", "close");
    if (request.url === "/events") {
      let body = "";
      request.on("data", (text: Buffer) => (body += text.toString()));
      request.on("end", () => {
        this.events.push(JSON.parse(body) as Json);
        response.end();
      });
    } else if (request.url === "/Release.key") {
      response.end(this.key);
    } else {
      const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
      if (answer === undefined) response.statusCode = 503;
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    }
  }
}

/** A node document whose services are the test's and whose deadlines a test can wait for. */
export const quick = (url: string): NodeSpec => withDeadlines(url, 1);
/** The same for a condition that comes true: never waited for to its end. */
export const patient = (url: string): NodeSpec => withDeadlines(url, 20);

const withDeadlines = (url: string, seconds: number): NodeSpec => ({
  ...plainNode,
  machine: { kind: "equinix-metal", metadataUrl: `${url}/metadata` },
  packages: { url: `${url}/deb/`, keyUrl: `${url}/Release.key` },
  deadlines: { metadata: seconds, bgpNeighbors: seconds, downloads: seconds, member: seconds },
});
