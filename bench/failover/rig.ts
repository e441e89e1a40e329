import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { onMachine, operatorFiles } from "../../rack/cli/operator";
import { readStackFile } from "../../rack/cli/stack-file";
import { status, type Status } from "../../rack/cli/status";
import { rackplane } from "../rack";
import { askEtcd, databaseOf } from "../scenarios/etcd";
import { wholeAs, type Subject } from "./subject";
import type { TrafficOrder } from "./traffic/messages";

/** Seconds for a cluster to be whole by itself before it is built anew. */
const WHOLE_SECONDS = 180;
/** Milliseconds between two looks at a whole status, which costs a third of a second of a processor. */
const LOOK_EVERY = 2000;

/** One subject on the rack: its machines, brought up once and as often as they have to be. */
export class Rig {
  private folder: string | undefined;

  constructor(
    readonly subject: Subject,
    private readonly say: (line: string) => void,
    private readonly abort: AbortSignal,
  ) {}

  /** Takes down whatever is up and brings the subject up, whole. @throws Error when it does not come up */
  async build(): Promise<void> {
    const { base, name, put } = this.subject;
    this.say(`${name}: down, and up with stack ${base.stack}`);
    for (const words of [["down"], ["up", "--stack", base.stack]]) {
      this.abort.throwIfAborted();
      const { code, output } = await rackplane(...words);
      if (code !== 0)
        throw new Error(
          `${name}: ./rackplane ${words.join(" ")} ended with ${code}, expected 0\n${output.slice(-3000)}`,
        );
    }
    if (put !== undefined) {
      this.say(`${name}: takes our way's place`);
      await put(await status());
    }
    if ((await this.becomesWhole()) === undefined)
      throw new Error(
        `${name}: waited ${WHOLE_SECONDS} s for it to be whole after it was built; ${JSON.stringify(await status())}`,
      );
  }

  /** Waits until everything is whole; builds it anew where that takes too long. */
  async whole(): Promise<Status> {
    const now = await this.becomesWhole();
    if (now !== undefined) return now;
    this.say(`${this.subject.name}: not whole within ${WHOLE_SECONDS} s, so it is built anew`);
    await this.build();
    return status();
  }

  private async becomesWhole(): Promise<Status | undefined> {
    const whole = wholeAs(this.subject);
    for (const deadline = Date.now() + WHOLE_SECONDS * 1000; Date.now() < deadline; ) {
      const now = await status();
      if (whole(now)) return now;
      await pause(LOOK_EVERY, undefined, { signal: this.abort });
    }
    return undefined;
  }

  /** The machine of etcd's leader. @throws Error when no member says that it leads */
  async leader(): Promise<string> {
    for (const machine of this.subject.base.controlPlane) if ((await databaseOf(machine)).leads) return machine;
    throw new Error(
      `${this.subject.name}: found no leader of etcd among ${this.subject.base.controlPlane.join(", ")}, expected one`,
    );
  }

  /** Has that machine's member lead, by etcd's own hand-over. */
  async lead(machine: string): Promise<void> {
    const leader = await this.leader();
    if (leader === machine) return;
    const { header } = await askEtcd<{ header: { member_id: string } }>(machine, "maintenance/status");
    await askEtcd(leader, "maintenance/transfer-leadership", { targetID: header.member_id });
    const found = await this.leader();
    if (found !== machine)
      throw new Error(`etcd: found ${found} to lead after it was handed over, expected ${machine}`);
  }

  /** What the clients of a run are told. Keys are in files of mode 0600 until `close`. */
  async order(): Promise<TrafficOrder> {
    const files = operatorFiles();
    if (files === undefined) throw new Error(`${this.subject.name}: there is no cluster to send clients to`);
    const { base } = this.subject;
    const { hosts, endpoint } = readStackFile(base.stack);
    const members = hosts.filter(({ name }) => base.controlPlane.includes(name));
    return {
      kubeconfig: files.kubeconfig,
      ca: files.ca,
      endpoint: `https://${files.address}:${files.port}`,
      servers: members.map(({ address }) => `https://${address}:${endpoint.apiServerPort}`),
      members: members.map(({ name, address }) => ({ machine: name, url: `https://${address}:2379` })),
      etcd: await this.etcdFiles(),
      namespace: `failover-${Date.now()}`,
    };
  }

  private async etcdFiles(): Promise<TrafficOrder["etcd"]> {
    this.folder ??= fs.mkdtempSync(path.join(os.tmpdir(), "rackplane-failover-"));
    const [machine = ""] = this.subject.base.controlPlane;
    const keep = async (name: string) => {
      const file = path.join(this.folder ?? "", name);
      const text = await onMachine(machine, ["cat", `/etc/kubernetes/pki/etcd/${name}`]);
      fs.writeFileSync(file, `${text}\n`, { mode: 0o600 });
      return file;
    };
    return {
      ca: await keep("ca.crt"),
      certificate: await keep("healthcheck-client.crt"),
      key: await keep("healthcheck-client.key"),
    };
  }

  close(): void {
    if (this.folder !== undefined) fs.rmSync(this.folder, { recursive: true, force: true });
    this.folder = undefined;
  }
}
