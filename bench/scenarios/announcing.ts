import { announcersOf } from "../../rack/cli/endpoint";
import { readStackFile } from "../../rack/cli/stack-file";
import { rackState } from "../../rack/daemon/client";

/** Milliseconds between two looks. Each machine is out of the path for many times that when it is changed. */
const EVERY = 500;

/** The fewest machines that announced the VIP of a stack at any moment while `act` ran, by the switches' own routes. */
export async function fewestAnnouncers<T>(
  stack: string,
  act: () => Promise<T>,
): Promise<{ readonly fewest: number; readonly value: T }> {
  const { kind, address = "" } = readStackFile(stack).endpoint;
  let fewest = Infinity;
  let over = false;
  const look = async () => {
    while (!over) {
      fewest = Math.min(fewest, (await announcersOf(kind, address, await rackState())).length);
      await new Promise(resolve => setTimeout(resolve, EVERY));
    }
  };
  const looking = look();
  const value = await act().finally(() => {
    over = true;
  });
  await looking;
  return { fewest, value };
}
