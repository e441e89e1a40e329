import * as fs from "node:fs";
import * as path from "node:path";
import type { Switches, SwitchSession } from "../host";
import { lanPort } from "../network/port";
import { LAN, STATE_DIR } from "../topology";

/** A machine that exists, as the person who runs the switches was told of it. */
export interface BareSession {
  /** The machine's address: its sessions come from there. */
  readonly address: string;
  /** What it may announce, and parts of it, e.g. `203.0.113.200/32`. */
  readonly prefix: string;
  readonly md5?: string;
  /** It speaks with the LAN's gateway instead of the two switches behind it. @default false */
  readonly direct?: boolean;
  /** The switches speak BFD with it. @default false */
  readonly bfd?: boolean;
}

/** The switches' sessions with machines that exist. Kept on disk (0600: MD5 passwords), for a daemon that starts again. */
export class BareSessions {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly switches: Switches,
    private readonly file = path.join(STATE_DIR, "bare-sessions.json"),
  ) {}

  /** Makes or changes a machine's session. */
  put(session: BareSession): Promise<void> {
    return this.change(all => [...all.filter(other => other.address !== session.address), checked(session)]);
  }

  /** A machine without a session is no error. */
  remove(address: string): Promise<void> {
    return this.change(all => all.filter(other => other.address !== address));
  }

  /** Gives the switches what they were told before. */
  restore(): Promise<void> {
    return this.change(all => all);
  }

  private change(of: (all: readonly BareSession[]) => readonly BareSession[]): Promise<void> {
    const next = this.turn.then(async () => {
      const wanted = of(this.read());
      await this.switches.configure(wanted.map(switchSession), [...new Set(wanted.map(({ prefix }) => prefix))]);
      fs.writeFileSync(`${this.file}.new`, JSON.stringify(wanted), { mode: 0o600 });
      fs.renameSync(`${this.file}.new`, this.file);
    });
    this.turn = next.catch(() => undefined);
    return next;
  }

  private read(): readonly BareSession[] {
    return fs.existsSync(this.file) ? (JSON.parse(fs.readFileSync(this.file, "utf8")) as BareSession[]) : [];
  }
}

/** Pure. What is wrong with a prefix or a password, the switches' configuration says. */
function switchSession({ address, md5, direct = false, bfd = false }: BareSession): SwitchSession {
  return {
    name: lanPort(address),
    address,
    gateway: LAN.gateway,
    ...(md5 === undefined ? {} : { md5 }),
    legacy: direct,
    ...(bfd ? { bfd } : {}),
  };
}

function checked({ address, prefix, md5, direct, bfd }: BareSession): BareSession {
  if (typeof address !== "string" || typeof prefix !== "string")
    throw new Error("BGP session: expected a machine's address and a prefix that it may announce");
  return {
    address,
    prefix,
    ...(md5 === undefined ? {} : { md5 }),
    ...(direct === undefined ? {} : { direct }),
    ...(bfd === undefined ? {} : { bfd }),
  };
}
