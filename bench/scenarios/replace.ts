import { fail, heal, rackplane, until } from "../rack";
import { applying, withSettings, type SettingsEdit } from "./settings";
import type { WatchedUp } from "./watched";

/** Which machines a person has asked to have replaced, as a stack file says it. */
export interface Asked {
  /** The generation of every machine. @default 0 */
  readonly all?: number;
  /** Of single machines, by name; the larger of both counts. */
  readonly of?: Readonly<Record<string, number>>;
}

/** The lines of a stack file that ask for it. Pure. */
export const generations = ({ all, of = {} }: Asked): SettingsEdit => ({
  lines: [
    ...(all === undefined ? [] : [`rackplane:generation: ${all}`]),
    ...(Object.keys(of).length === 0 ? [] : [`rackplane:generations: ${JSON.stringify(of)}`]),
  ],
});

/** One `up` with these generations, while the endpoint is read and written 20 times a second from outside. */
export const replacing = (stack: string, asked: Asked): Promise<WatchedUp> => applying(stack, generations(asked));

/** The same, unwatched. */
export const upAt = (stack: string, asked: Asked): ReturnType<typeof rackplane> =>
  withSettings(stack, generations(asked), () => rackplane("up", "--stack", stack));

/** Runs `act` while a machine's API server is dead and stays so, its etcd alive. */
export async function withoutApiServer<T>(machine: string, act: () => Promise<T>): Promise<T> {
  await fail("apiserver-away", machine);
  try {
    await until("it to withdraw", 60, ({ endpoint }) => endpoint?.announcers.includes(machine) === false);
    return await act();
  } finally {
    await heal("apiserver-away", machine);
  }
}

/** A machine dies, and its disk with it: what a person then has is a machine of that name and address and nothing on it. */
export async function losing(machine: string): Promise<void> {
  await fail("power-off", machine);
  await until("the endpoint to answer without it", 30, ({ endpoint }) => endpoint?.answers === true);
  await fail("reinstall", machine);
}
