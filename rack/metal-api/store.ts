import * as fs from "node:fs";
import * as path from "node:path";
import type {
  BgpSession,
  Device,
  DeviceEvent,
  IpAttachment,
  IpBlock,
  Project,
  SshKey,
  VirtualNetwork,
} from "./records";

/** Raised when the file on disk is not one that this store wrote. */
export class StoreError extends Error {}

const VERSION = 1;

interface Tables {
  projects: Project;
  sshKeys: SshKey;
  blocks: IpBlock;
  attachments: IpAttachment;
  devices: Device;
  sessions: BgpSession;
  virtualNetworks: VirtualNetwork;
  events: DeviceEvent;
}

const TABLES: readonly (keyof Tables)[] = [
  "projects",
  "sshKeys",
  "blocks",
  "attachments",
  "devices",
  "sessions",
  "virtualNetworks",
  "events",
];

/** Records of one kind by id, in the order in which they were first put. */
export class Table<T extends { readonly id: string }> {
  private readonly records = new Map<string, T>();

  constructor(private readonly changed: () => void) {}

  get(id: string): T | undefined {
    return this.records.get(id);
  }

  all(): T[] {
    return [...this.records.values()];
  }

  where(test: (record: T) => boolean): T[] {
    return this.all().filter(test);
  }

  put(record: T): T {
    this.records.set(record.id, record);
    this.changed();
    return record;
  }

  /** Changes some fields of a record; a record that is gone meanwhile stays gone. */
  patch(id: string, change: Partial<Omit<T, "id">>): T | undefined {
    const record = this.records.get(id);
    return record && this.put({ ...record, ...change });
  }

  delete(id: string): void {
    if (this.records.delete(id)) this.changed();
  }
}

/**
 * The rack's records. With a path, every change is on disk before the call that made it returns, so
 * that a killed rackd finds again what it had answered; without one they live in memory (tests).
 */
export class Store {
  readonly projects = this.table<Project>();
  readonly sshKeys = this.table<SshKey>();
  readonly blocks = this.table<IpBlock>();
  readonly attachments = this.table<IpAttachment>();
  readonly devices = this.table<Device>();
  readonly sessions = this.table<BgpSession>();
  readonly virtualNetworks = this.table<VirtualNetwork>();
  readonly events = this.table<DeviceEvent>();

  private open = 0;
  private dirty = false;

  constructor(private readonly file?: string) {
    if (file !== undefined && fs.existsSync(file)) this.batch(() => this.load(file));
  }

  /** Runs several changes as one write: a reader of the file sees all of them or none. */
  batch<T>(changes: () => T): T {
    this.open++;
    try {
      return changes();
    } finally {
      this.open--;
      if (this.open === 0 && this.dirty) this.save();
    }
  }

  private table<T extends { readonly id: string }>(): Table<T> {
    return new Table<T>(() => {
      this.dirty = true;
      if (this.open === 0) this.save();
    });
  }

  private load(file: string): void {
    const stored = parse(file);
    for (const name of TABLES) this.fill(file, name, stored[name]);
    this.dirty = false;
  }

  private fill(file: string, name: keyof Tables, records: unknown): void {
    if (!Array.isArray(records)) throw unusable(file, `"${name}" is not a list`);
    const table = this[name] as Table<{ readonly id: string }>;
    for (const record of records as { readonly id: string }[]) table.put(record);
  }

  private save(): void {
    this.dirty = false;
    if (this.file === undefined) return;
    const content = JSON.stringify({
      version: VERSION,
      ...Object.fromEntries(TABLES.map(name => [name, this[name].all()])),
    });
    fs.mkdirSync(path.dirname(this.file), { recursive: true });
    // Written beside and renamed: a crash leaves the old records or the new ones. 0600, for the MD5
    // passwords, the root passwords and the user data within.
    const beside = `${this.file}.new`;
    fs.rmSync(beside, { force: true });
    fs.writeFileSync(beside, content, { mode: 0o600, flush: true });
    fs.renameSync(beside, this.file);
  }
}

function parse(file: string): Record<string, unknown> {
  let stored: unknown;
  try {
    stored = JSON.parse(fs.readFileSync(file, "utf8"));
  } catch (error) {
    throw unusable(file, error instanceof Error ? error.message : String(error));
  }
  if (typeof stored !== "object" || stored === null) throw unusable(file, "it holds no JSON object");
  const { version } = stored as { version?: unknown };
  if (version !== VERSION) throw unusable(file, `its version is ${JSON.stringify(version)}`);
  return stored as Record<string, unknown>;
}

const unusable = (file: string, found: string) =>
  new StoreError(
    `${file}: ${found}; expected the rack's records, version ${VERSION}. Take the rack down and remove the file to start with none.`,
  );
