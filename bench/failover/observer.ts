import * as fs from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { holdersOf, routedTo } from "../../rack/cli/endpoint";
import { parseProtocols, parseRoutes } from "../../rack/network/bird-output";
import { BirdSocket } from "../../rack/network/bird-socket";

/** What stood outside the machines to be seen at one time. */
export interface Sight {
  /** Seconds of the record. */
  readonly at: number;
  readonly announcers: readonly string[];
  readonly sessions?: number;
}

/** Where to look. */
export interface View {
  /** `endpoint.kind`. */
  readonly endpoint: string;
  readonly vip: string;
  readonly machines: readonly { readonly name: string; readonly address: string }[];
}

/** Milliseconds between two looks, and between two that turn out dear on this host. */
const EVERY = 150;
const SELDOM = 500;
/** Milliseconds of a processor that a look may cost to be taken that often, by the mean of the last ones. */
const DEAR = 30;
/** Looks by which the cost is judged. */
const JUDGED = 10;

export interface Observer {
  /** Whatever was seen last. */
  last(): Sight | undefined;
  /** Every sight, the first and last of a stretch of equal ones. */
  end(): Promise<readonly Sight[]>;
}

/** Looks again and again until it is ended. @param now seconds of the record */
export function observe(view: View, now: () => number): Observer {
  const sights: Sight[] = [];
  const over = new AbortController();
  const eyes = eyesOf(view);
  const watching = (async () => {
    let looks = 0;
    let spent = processorMs();
    let every = EVERY;
    while (!over.signal.aborted) {
      const at = now();
      sights.push({ at, ...(await eyes.look()) });
      if (++looks === JUDGED) {
        every = (processorMs() - spent) / looks > DEAR ? SELDOM : EVERY;
        [looks, spent] = [0, processorMs()];
      }
      await pause(Math.max(0, every - (now() - at) * 1000), undefined, { signal: over.signal }).catch(() => undefined);
    }
    eyes.close();
  })();
  return {
    last: () => sights.at(-1),
    end: async () => {
      over.abort();
      await watching;
      return changesOf(sights);
    },
  };
}

interface Eyes {
  look(): Promise<Omit<Sight, "at">>;
  close(): void;
}

function eyesOf({ endpoint, vip, machines }: View): Eyes {
  if (endpoint === "kube-vip-bgp") return switchEyes(vip, machines);
  const names = machines.map(({ name }) => name);
  return {
    look: async () => ({ announcers: endpoint === "external" ? [] : await holdersOf(vip, names) }),
    close: () => undefined,
  };
}

function switchEyes(vip: string, machines: View["machines"]): Eyes {
  const switches = ["a", "b"].map(name => new BirdSocket(name));
  return {
    look: async () => {
      const words = await Promise.all(
        switches.map(async one => ({
          routes: parseRoutes(one.name, (await one.ask("show route where source = RTS_BGP")) ?? ""),
          sessions: parseProtocols(one.name, (await one.ask("show protocols")) ?? ""),
        })),
      );
      return {
        announcers: routedTo(
          vip,
          words.flatMap(({ routes }) => routes),
          machines,
        ),
        sessions: words.flatMap(({ sessions }) => sessions).filter(({ established }) => established).length,
      };
    },
    close: () => switches.forEach(one => one.close()),
  };
}

/** Of equal sights in a row the first and the last: a record stays small, and a line drawn through it is the same. Pure. */
export function changesOf(sights: readonly Sight[]): Sight[] {
  const key = ({ announcers, sessions }: Sight) => JSON.stringify([announcers, sessions]);
  return sights.filter((sight, i) => {
    const [before, after] = [sights[i - 1], sights[i + 1]];
    return before === undefined || after === undefined || key(before) !== key(sight) || key(after) !== key(sight);
  });
}

/** Milliseconds of processor time that this process has spent, and its children that have ended (proc(5), stat, 14 to 17). */
function processorMs(): number {
  const stat = fs.readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // In hundredths of a second, as everywhere on Linux (sysconf(_SC_CLK_TCK)).
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
}
