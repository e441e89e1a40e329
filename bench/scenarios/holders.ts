import { readStackFile } from "../../rack/cli/stack-file";
import { output } from "../../rack/command";
import { NETNS } from "../../rack/topology";
import { holds } from "../../rack/cli/endpoint";

/** One look at which more than one machine had the VIP. */
export interface SecondHolder {
  /** As `Date.now()`. */
  readonly at: number;
  readonly machines: readonly string[];
}

export interface Holding {
  readonly looks: number;
  readonly seconds: readonly SecondHolder[];
  /** Who had it, in order, without repetitions. */
  readonly holders: readonly string[];
}

/** Milliseconds between two looks, which take as long again on two cores. */
const EVERY = 50;

/**
 * Looks into the machines' own namespaces for as long as `act` takes, so that machines that nobody can reach are seen, too.
 *
 * @param excused machines whose processes stand still: nothing on them can take an address away
 */
export async function watchingHolders(
  stack: string,
  act: () => Promise<void>,
  excused: ReadonlySet<string> = new Set(),
): Promise<Holding> {
  const { hosts, endpoint } = readStackFile(stack);
  const vip = endpoint.address ?? "";
  const names = hosts.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const seconds: SecondHolder[] = [];
  const holders: string[] = [];
  let looks = 0;
  let over = false;
  const look = async () => {
    while (!over) {
      const found = await Promise.all(names.map(async name => ((await hasAddress(name, vip)) ? [name] : [])));
      const machines = found.flat();
      const counted = machines.filter(name => !excused.has(name));
      looks++;
      if (counted.length > 1) seconds.push({ at: Date.now(), machines: counted });
      for (const name of counted) if (holders.at(-1) !== name) holders.push(name);
      await new Promise(resolve => setTimeout(resolve, EVERY));
    }
  };
  const looking = look();
  await act().finally(() => {
    over = true;
  });
  await looking;
  return { looks, seconds, holders };
}

/** A machine without power has no namespace, and no address. */
async function hasAddress(machine: string, vip: string): Promise<boolean> {
  const argv = ["ip", "-n", NETNS.machine(machine), "-j", "-4", "addr", "show", "to", `${vip}/32`];
  return holds(await output(argv).catch(() => "[]"), vip);
}
