import { spawn, spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { expect } from "vitest";
import { kubeadmDocuments } from "../../../../cloud-init/documents/kubeadm";
import type { Grant } from "../../../../cloud-init/contract/grant";
import { PKI_FILES } from "../../../../cloud-init/contract/pki";
import { VERBS } from "../../../../cloud-init/contract/verbs";

const NODE = path.resolve(__dirname, "../../../../cloud-init/node");
/** What the launcher notes beside a program; here every program has the same. */
const HASH = "5".repeat(64);

export const ROSTER = [0, 1, 2].map(i => ({ name: `prod-cp-${i}`, address: `10.70.0.${2 * i + 1}` }));
export const PEERS = ["169.254.255.1", "169.254.255.2"];
/** What answers that are secret are encrypted with. */
export const ANSWER_KEY = Buffer.alloc(32, 7).toString("base64");
export const VIP = "203.0.113.1";

/** An etcd member as the pretended cluster keeps it. */
export interface Member {
  id: string;
  name: string;
  address: string;
  role: string;
}
export interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** A key set; `mark` tells two sets apart. The CA is real, since its public key is pinned. */
const keys = (mark: string, ca: string): Record<(typeof PKI_FILES)[number], string> =>
  Object.fromEntries(PKI_FILES.map(file => [file, file === "ca.crt" ? ca : `${mark} PRIVATE ${file}\n`])) as Record<
    (typeof PKI_FILES)[number],
    string
  >;

let certificate: string | undefined;
function caCertificate(): string {
  certificate ??= spawnSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-keyout",
      "/dev/null",
      "-subj",
      "/CN=kubernetes",
      "-days",
      "3650",
    ],
    { encoding: "utf8" },
  ).stdout;
  return certificate;
}

/**
 * One machine's file system in a temporary directory, with pretended programs (bin/) in front of its PATH
 * that share a pretended cluster (cluster.sh). The verbs run as they are.
 */
export class TestMachine {
  readonly root = fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-machine-"));
  readonly fake = path.join(this.root, "fake");
  readonly keys = keys("prod", caCertificate());
  readonly self: (typeof ROSTER)[number];

  constructor(index = 0) {
    const self = ROSTER[index];
    if (self === undefined) throw new Error(`no machine ${index}`);
    this.self = self;
    for (const directory of ["etcd", "api", "nodes", "tokens", "units", "faults", "active"])
      fs.mkdirSync(path.join(this.fake, directory), { recursive: true });
    for (const directory of ["run/rackplane", "var/lib/etcd"])
      fs.mkdirSync(path.join(this.root, directory), { recursive: true });
    this.write("fake/name", self.name);
    this.write("fake/address", self.address);
    this.write("run/rackplane/prepared", "");
    this.write(
      "var/lib/rackplane/machine.json",
      JSON.stringify({ ...self, interface: "eth0", peers: PEERS.map(address => ({ address })) }),
    );
    for (const peer of PEERS) this.write(`fake/sessions/${peer}`, "40001");
    this.write("proc/4242/environ", `address=${VIP}\0`);
    this.write("fake/kube-vip", "");
    this.write("fake/images", "kube-vip\n");
    this.write("fake/registry", "");
    this.members = [];
    for (const [file, content] of Object.entries(this.keys)) this.write(`fake/keys/${file}`, content);
  }

  /** Another machine in the same state, for tests that go on where others ended. */
  copy(): TestMachine {
    const copy = new TestMachine(ROSTER.indexOf(this.self));
    fs.cpSync(this.root, copy.root, { recursive: true });
    return copy;
  }

  /** A cluster of these machines of the roster, all of them well, formed with this machine's keys. */
  cluster(...indices: number[]): this {
    this.members = indices.map(i => this.member(i));
    for (const i of indices) this.up(i);
    this.write(`fake/api/${VIP}`, "");
    return this;
  }
  member(index: number, changes: Partial<Member> = {}): Member {
    const { name, address } = ROSTER[index] ?? this.self;
    return { id: `900000000000000000${index}`, name, address, role: "voting", ...changes };
  }
  up(index: number): void {
    const { name, address } = ROSTER[index] ?? this.self;
    for (const file of [`etcd/${address}`, `api/${address}`, `nodes/${name}`]) this.write(`fake/${file}`, "");
  }
  down(index: number): void {
    const { address } = ROSTER[index] ?? this.self;
    for (const file of [`etcd/${address}`, `api/${address}`]) fs.rmSync(path.join(this.fake, file));
  }

  get members(): Member[] {
    return this.lines("fake/members").map(line => {
      const [id = "", name = "", address = "", role = ""] = line.split(" ");
      return { id, name, address, role };
    });
  }
  set members(members: Member[]) {
    this.write(
      "fake/members",
      members.map(({ id, name, address, role }) => `${id} ${name} ${address} ${role}\n`).join(""),
    );
  }
  get calls(): string[] {
    return this.lines("fake/calls");
  }
  get places(): string[] {
    return this.lines("fake/places");
  }
  get tokens(): string[] {
    return fs.readdirSync(path.join(this.fake, "tokens"));
  }

  write(file: string, content: string): void {
    fs.mkdirSync(path.dirname(path.join(this.root, file)), { recursive: true });
    fs.writeFileSync(path.join(this.root, file), content);
  }
  private lines(file: string): string[] {
    return (this.read(file) ?? "").split("\n").filter(line => line !== "");
  }
  read(file: string): string | undefined {
    const absolute = path.join(this.root, file);
    return fs.existsSync(absolute) ? fs.readFileSync(absolute, "utf8") : undefined;
  }
  erase(file: string): void {
    fs.rmSync(path.join(this.root, file), { force: true });
  }
  has(file: string): boolean {
    return fs.existsSync(path.join(this.root, file));
  }

  /** The names in a folder, sorted. */
  files(folder: string): string[] {
    return fs.readdirSync(path.join(this.root, folder)).sort();
  }

  grant(verb: Grant["verb"], changes: Partial<Grant> = {}): Grant {
    const cluster = { name: "prod", kubernetesVersion: "1.34.3" };
    const endpoint = { address: VIP, port: 6443 };
    return {
      verb,
      node: {
        schema: 1,
        cluster,
        endpoint,
        machine: { kind: "equinix-metal", metadataUrl: "https://metadata.platformequinix.com/metadata" },
        announcer: { kind: "kube-vip-bgp", image: "kube-vip", holdSeconds: 3, keepaliveSeconds: 1, probeSeconds: 1 },
        packages: { url: "https://pkgs.k8s.io/", keyUrl: "https://pkgs.k8s.io/Release.key" },
        images: { mirrors: {}, sandbox: "pause", extra: [] },
        deadlines: { metadata: 2, bgpNeighbors: 2, downloads: 2, member: 1 },
      },
      machine: this.self,
      roster: ROSTER,
      ...(VERBS[verb].writesFacts ? { program: HASH } : {}),
      kubeadm: kubeadmDocuments({
        cluster,
        endpoint,
        machine: this.self,
        roster: ROSTER,
        schedulable: false,
        apiServerNames: [],
        network: { podCidr: "10.244.0.0/16", serviceCidr: "10.96.0.0/16", dnsDomain: "cluster.local" },
      }),
      ...(verb === "join" || verb === "member" ? { pki: this.keys } : {}),
      ...(VERBS[verb].needs.includes("answer key") ? { answerKey: ANSWER_KEY } : {}),
      ...(verb === "kubeconfig"
        ? { kubeconfig: { user: "rackplane:ci", groups: ["own", "builders"], hours: 48 } }
        : {}),
      ...changes,
    };
  }

  /** Runs a verb with its grant in place, as `receive` would start it. Resolves when it ended or was killed. */
  run(verb: Grant["verb"], changes: Partial<Grant> = {}): Promise<Run> {
    return this.begin(verb, changes).ended;
  }
  /** The same, without waiting for its end. */
  begin(verb: Grant["verb"], changes: Partial<Grant> = {}): { ended: Promise<Run> } {
    const grant = this.grant(verb, changes);
    this.write("run/rackplane/grant.json", JSON.stringify(grant));
    this.write("etc/rackplane/node.json", JSON.stringify(grant.node));
    return { ended: this.program(verb) };
  }

  /** Hands a grant to `receive`, of the product's program with these files in the place of its own. */
  receive(
    verb: Grant["verb"],
    changes: Partial<Grant> = {},
    files: Readonly<Record<string, string>> = {},
  ): Promise<Run> {
    const { program, ended } = this.startReceive(files);
    program.stdin.end(JSON.stringify(this.grant(verb, changes)));
    return ended;
  }
  startReceive(files: Readonly<Record<string, string>> = {}) {
    return this.start(["grant/verbs/receive.sh"], this.unpack(files));
  }

  /** As the launcher unpacks a program that the machine does not have. */
  private unpack(files: Readonly<Record<string, string>>): string {
    const program = fs.mkdtempSync(path.join(this.root, "program-"));
    fs.cpSync(NODE, program, { recursive: true });
    for (const [file, content] of Object.entries({ ...files, hash: HASH }))
      fs.writeFileSync(path.join(program, file), content);
    return program;
  }

  /** The product's program lies where it is installed. */
  installed(): this {
    fs.cpSync(NODE, path.join(this.root, "opt/rackplane"), { recursive: true });
    return this;
  }

  program(verb: string, input = ""): Promise<Run> {
    const { program, ended } = this.start(["bin/rackplane", verb]);
    program.stdin.end(input);
    return ended;
  }

  /** A session of its own, so that a power loss (`cut`) takes all of it and nothing else. */
  start([script = "", ...args]: readonly string[], bundle = NODE) {
    const program = spawn("bash", [path.join(bundle, script), ...args], {
      detached: true,
      env: {
        PATH: `${path.join(__dirname, "bin")}:${process.env.PATH}`,
        RACKPLANE_ROOT: this.root,
        RACKPLANE_BUNDLE: bundle,
        RACKPLANE_POLL: "0.2",
        RACKPLANE_KUBELET_TRIED_FOR: "0",
        RACKPLANE_PULL_SECONDS: "0",
        RACKPLANE_LOCK_SECONDS: "2",
        RACKPLANE_FETCH_SECONDS: "1",
        RACKPLANE_SILENT_SECONDS: "1",
        FAKE: this.fake,
        FAKE_CODE: __dirname,
      },
    });
    let stdout = "",
      stderr = "";
    program.stdout.on("data", (data: Buffer) => {
      stdout += data.toString();
    });
    program.stderr.on("data", (data: Buffer) => {
      stderr += data.toString();
    });
    program.stdin.on("error", () => undefined); // ended before it read: its exit code says so
    const closed = new Promise<Run>(resolve => program.on("close", code => resolve({ code, stdout, stderr })));
    return {
      program,
      ended: closed.then(run => {
        this.checkDocuments();
        return run;
      }),
    };
  }

  /** Whatever kubeadm was given is JSON, a document or several. The pretended one does not parse it. */
  private checkDocuments(): void {
    for (const file of (this.read("fake/documents") ?? "").split("\0").slice(0, -1)) {
      for (const document of file.split(/^---$/m).filter(text => text.trim() !== ""))
        expect(() => void JSON.parse(document), document).not.toThrow();
    }
  }

  /** Resolves when the condition holds. @throws Error after so many seconds */
  async until(condition: () => boolean, seconds = 10): Promise<void> {
    for (const deadline = Date.now() + seconds * 1000; !condition(); await new Promise(tick => setTimeout(tick, 10)))
      if (Date.now() > deadline) throw new Error(`waited ${seconds} s for a condition`);
  }

  /** Power comes back: what lies in /run is gone, kubelet starts what has a manifest. */
  async reboot(): Promise<void> {
    fs.rmSync(path.join(this.root, "run/rackplane"), { recursive: true });
    this.write("run/rackplane/prepared", "");
    await new Promise(resolve =>
      spawn("bash", ["-c", '. "$FAKE_CODE/cluster.sh"; own_stops; own_etcd_starts; own_api_starts'], {
        stdio: "ignore", // with a socket as standard input bash takes itself for a login and reads a .bashrc
        env: { PATH: process.env.PATH, RACKPLANE_ROOT: this.root, FAKE: this.fake, FAKE_CODE: __dirname },
      }).on("close", resolve),
    );
  }

  /**
   * An announcer, as far as verbs see one: it gives the VIP away while one of them holds it back, and takes it again.
   * A member's does so only while its API server answers. Ends with the run that it is given. @returns every change of the VIP's place
   */
  async announcing<T>(run: Promise<T>): Promise<{ run: T; moves: string[] }> {
    const moves: string[] = [];
    const look = () => {
      const held = this.has("run/rackplane/held-back");
      if (held === !this.has("fake/vip")) return;
      const isBalancer = /"role": ?"balancer"/.test(this.read("etc/rackplane/node.json") ?? "");
      if (!held && !isBalancer && !this.has(`fake/api/${this.self.address}`)) return;
      moves.push(held ? "away" : "back");
      this.write("run/rackplane/announcing", held ? "no 1" : "yes 1");
      if (held) this.erase("fake/vip");
      else this.write("fake/vip", "");
    };
    const watch = setInterval(look, 20);
    try {
      return { run: await run, moves };
    } finally {
      clearInterval(watch);
    }
  }

  result(): { name: string; etcdMemberId: string; members: number } {
    return JSON.parse(this.read("run/rackplane/result.json") ?? "null") as {
      name: string;
      etcdMemberId: string;
      members: number;
    };
  }
}
