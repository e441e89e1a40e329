import type { MachineFault } from "./fault";
import { runScript, succeeds } from "./script";

/** Synced writes a second: etcd means to make one for every proposal, and tells of a disk as slow from 10 ms for one. */
const WRITES = 4;

export const slowDisk: MachineFault = {
  of: "machine",
  name: "slow-disk",
  what: `let etcd's disk take ${WRITES} writes a second, until healed`,
  inject: async machine => void (await runScript(machine, "slow-disk.sh", "slow", String(WRITES))),
  heal: async machine => void (await runScript(machine, "slow-disk.sh", "heal")),
  over: machine => succeeds(machine, ["pidof", "etcd"]),
};

export const fullDisk: MachineFault = {
  of: "machine",
  name: "full-disk",
  what: "fill etcd's disk, a small one that it was moved to before, until healed",
  prepare: async machine => void (await runScript(machine, "full-disk.sh", "prepare")),
  inject: async machine => void (await runScript(machine, "full-disk.sh", "fill")),
  heal: async machine => void (await runScript(machine, "full-disk.sh", "empty")),
  tidy: async machine => void (await runScript(machine, "full-disk.sh", "tidy")),
  over: machine => succeeds(machine, ["pidof", "etcd"]),
};
