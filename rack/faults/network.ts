import { setTimeout as pause } from "node:timers/promises";
import type { MachineFault } from "./fault";

export const cutLink: MachineFault = {
  of: "machine",
  name: "cut-link",
  what: "take the machine's link down; it runs on alone",
  inject: machine => machine.cutLink(),
  heal: machine => machine.mendLink(),
};

/** A loose cable: five times a second without and a second with it. */
const FLAPS = 5;
const FLAP_MS = 1000;

export const flapLink: MachineFault = {
  of: "machine",
  name: "flap-link",
  what: `take the machine's link down and up ${FLAPS} times, a second each`,
  inject: async machine => {
    try {
      for (let i = 0; i < FLAPS; i++) {
        await machine.cutLink();
        await pause(FLAP_MS);
        await machine.mendLink();
        await pause(FLAP_MS);
      }
    } finally {
      await machine.mendLink();
    }
  },
};

/** What a switch sees when a machine dies behind a link that stays up: only the hold time tells. */
export const silence: MachineFault = {
  of: "machine",
  name: "silence",
  what: "drop every packet of the machine, the link stays up",
  inject: machine => machine.silence("all"),
  heal: machine => machine.unsilence(),
};

/** A fibre that is broken one way: the machine hears everything, and is not heard. */
export const mute: MachineFault = {
  of: "machine",
  name: "mute",
  what: "drop every packet that the machine sends; it hears all, the link stays up",
  inject: machine => machine.silence("sent"),
  heal: machine => machine.unsilence(),
};

export const partition: MachineFault = {
  of: "machine",
  name: "partition",
  what: "part the machine from every other one; switches, services and clients hear it still",
  inject: machine => machine.part(),
  heal: machine => machine.unpart(),
};

/** Before every other rule; packets of connections that stand are dropped, too. */
const RULES = ["input", "output"]
  .map(
    hook =>
      `add chain inet rackplane_cut ${hook} { type filter hook ${hook} priority -300; }; ` +
      `add rule inet rackplane_cut ${hook} tcp dport 2380 drop; add rule inet rackplane_cut ${hook} tcp sport 2380 drop`,
  )
  .join("; ");

/** etcd alone loses its peers: API server, BGP and everything else of the machine are as well connected as before. */
export const cutEtcd: MachineFault = {
  of: "machine",
  name: "cut-etcd",
  what: "drop what etcd says to its peers and hears from them (port 2380), nothing else",
  inject: async machine => void (await machine.exec(["nft", `add table inet rackplane_cut; ${RULES}`])),
  // Added before it is deleted: to heal what was not there is no error.
  heal: async machine =>
    void (await machine.exec(["nft", "add table inet rackplane_cut; delete table inet rackplane_cut"])),
};
