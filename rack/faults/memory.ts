import type { MachineFault } from "./fault";
import { runScript } from "./script";

export const exhaustMemory: MachineFault = {
  of: "machine",
  name: "exhaust-memory",
  what: "let a program take all memory of the machine, within the machine's own limit, until healed",
  inject: async machine => void (await runScript(machine, "memory.sh", "exhaust")),
  heal: async machine => void (await runScript(machine, "memory.sh", "heal")),
};
