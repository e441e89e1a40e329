import { named, type Examination } from "../finding";
import type { MachineReport } from "../report";

/** Machines whose announcer asks for exactly one holder; a VIP that BGP announces lies on all. */
const mayHold = ({ seen }: MachineReport): boolean =>
  seen?.conditions.some(({ name }) => name === "one-holder") === true;

/** Of the machines between which the VIP moves, exactly one has it. Each says what it has; ARP is asked besides. */
export const holders: Examination = {
  name: "holders",
  examine: ({ machines }) => {
    const asked = machines.filter(mayHold);
    const holding = asked.filter(({ seen }) => seen?.vipHere);
    const vip = asked[0]?.seen?.vip ?? "";
    if (holding.length > 1)
      return [
        {
          machines: [],
          found: `${named(holding.map(({ name }) => name))} have ${vip} at the same time`,
          expected: "exactly one holder",
          todo: `run 'ip address show to ${vip}' on each and, on those that do not announce it, 'systemctl restart rackplane-announcer'; where it stays on both, they do not hear each other: look at the network between them`,
        },
      ];
    // A machine that did not answer may be the one that has it.
    const silent = machines.some(({ role, seen }) => seen === undefined && role !== "worker");
    return holding.length === 0 && asked.length > 0 && !silent
      ? [
          {
            machines: [],
            found: `none of ${named(asked.map(({ name }) => name))} has ${vip}`,
            expected: "exactly one holder",
            todo: "'journalctl -u rackplane-announcer' on each says why it does not hold it",
          },
        ]
      : [];
  },
};
