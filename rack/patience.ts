/**
 * How many times as long as usual the rack waits for its own parts before it gives up: the variable
 * RACKPLANE_PATIENCE, 1 to 100. A host under emulation needs 20; no wait of the program itself, which has its
 * `deadlines`, is longer for it.
 *
 * @default 1
 * @throws Error when the variable holds anything else
 */
export function patience(): number {
  const text = process.env.RACKPLANE_PATIENCE ?? "1";
  const times = Number(text);
  if (text.trim() !== "" && times >= 1 && times <= 100) return times;
  throw new Error(`RACKPLANE_PATIENCE: found "${text}", expected a number from 1 to 100, or nothing`);
}
