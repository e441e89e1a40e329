import { makeBareMachines } from "../../rack/cli/bare";
import { readStackFile } from "../../rack/cli/stack-file";
import { rackplane, serving } from "../rack";
import { generations } from "./replace";
import { edited } from "./settings";
import { withStackFile } from "./stack-edit";
import { watched, type WatchedUp } from "./watched";
import type { Status } from "../../rack/cli/status";

/** How many machines the stack file names, and how often each has been replaced. */
export interface Size {
  readonly members: number;
  readonly workers: number;
  /** The generation of every machine. @default 0 */
  readonly generation?: number;
}

/** A cluster of machines that exist, whose stack file names fewer than there may be. */
export interface Scaled {
  readonly stack: string;
  /** Names of machines, all there may be, in order; the file has the first `named` of them. */
  readonly members: readonly string[];
  readonly workers: readonly string[];
  readonly named: number;
  /** The last part of the first machine's address; the others follow, workers after members. */
  readonly firstAddress: number;
  /** Machines that announce when all is well, by the number of members. */
  readonly announcers: (members: number) => number;
}

const names = (stem: string, count: number) => Array.from({ length: count }, (_, i) => `${stem}-${i}`);

export const SCALE: Scaled = {
  stack: "rack-scale",
  members: names("scale-cp", 5),
  workers: names("scale-general", 3),
  named: 1,
  firstAddress: 231,
  announcers: () => 1,
};

export const KILLED: Scaled = {
  stack: "rack-killed",
  members: names("killed-cp", 5),
  workers: [],
  named: 3,
  firstAddress: 241,
  announcers: members => members,
};

/** The stack's file with so many machines. Pure. */
export const sized =
  ({ members, workers, named, firstAddress }: Scaled, size: Size) =>
  (text: string): string => {
    const host = (name: string, n: number) => `{ name: ${name}, address: 10.71.0.${firstAddress + n} }`;
    const last = members[named - 1] ?? "";
    const more = members.slice(named, size.members).map((name, i) => host(name, named + i));
    const pool = workers.slice(0, size.workers).map((name, i) => host(name, members.length + i));
    const lines = [
      ...(pool.length === 0 ? [] : [`rackplane:workers: ${POOL.replace("HOSTS", pool.join(", "))}`]),
      ...(size.generation === undefined ? [] : (generations({ all: size.generation }).lines ?? [])),
    ];
    return edited({ lines })(text).replace(new RegExp(`^( *)(- \\{ name: ${last},.*)$`, "m"), (line, space: string) =>
      [line, ...more.map(one => `${space}- ${one}`)].join("\n"),
    );
  };
const POOL = "[{ name: general, update: { drainSeconds: 60 }, machines: { kind: ssh, hosts: [HOSTS] } }]";

/** Runs `act` while the stack's file names so many machines. The committed file may do so already. */
export const atSize = <T>(scaled: Scaled, size: Size, act: () => Promise<T>): Promise<T> => {
  const edit = sized(scaled, size);
  const same = edit(readStackFile(scaled.stack).text) === readStackFile(scaled.stack).text;
  return same ? act() : withStackFile(scaled.stack, edit, act);
};

/** One `up` of that size. */
export const upOf = (scaled: Scaled, size: Size): ReturnType<typeof rackplane> =>
  atSize(scaled, size, () => rackplane("up", "--stack", scaled.stack));

/** The same, while the endpoint is read and written 20 times a second from outside. */
export async function scalingTo(scaled: Scaled, size: Size): Promise<WatchedUp> {
  let up: WatchedUp["up"] | undefined;
  const seen = await watched(async () => {
    up = await upOf(scaled, size);
  });
  if (up === undefined) throw new Error("up did not end");
  return { up, ...seen };
}

/** The cluster has that size and all of it is well; machines that left it are still in the rack. */
export const wellAt = ({ announcers }: Scaled, { members, workers }: Size): ((now: Status) => boolean) =>
  serving(members, { workers, announcers: announcers(members) });

/** The machines of that size, there and booted, before any `up` has touched those that are new. */
export const madeAt = (scaled: Scaled, size: Size): Promise<void> =>
  atSize(scaled, size, () => makeBareMachines(scaled.stack, readStackFile(scaled.stack), () => undefined));

/** Machines of the larger size that the smaller one has not. Pure. */
export const between = ({ members, workers }: Scaled, smaller: Size, larger: Size): string[] => [
  ...members.slice(smaller.members, larger.members),
  ...workers.slice(smaller.workers, larger.workers),
];
