import { setTimeout as pause } from "node:timers/promises";
import type { Fault } from "./fault";

/** The link goes first, then every process at once: nobody says goodbye. */
export const powerOff: Fault = {
  name: "power-off",
  what: "cut the power; the disk stays",
  inject: machine => machine.powerOff(),
  heal: machine => machine.powerOn(),
};

export const reboot: Fault = {
  name: "reboot",
  what: "reboot in order, as `systemctl reboot` does",
  inject: machine => machine.reboot(),
};

export const shutDown: Fault = {
  name: "shut-down",
  what: "shut down in order, as `systemctl poweroff` does; it stays off until healed",
  inject: machine => machine.shutDown(),
  heal: machine => machine.powerOn(),
};

/** What a person does whose disk has died; rented machines are replaced as a whole instead. */
export const reinstall: Fault = {
  name: "reinstall",
  what: "install a machine that exists anew: empty disk, other host key",
  inject: machine => machine.reinstall(),
};

export const freeze: Fault = {
  name: "freeze",
  what: "stop every process where it is, the link stays up",
  inject: machine => machine.freeze(),
  heal: machine => machine.thaw(),
};

export const cutLink: Fault = {
  name: "cut-link",
  what: "take the machine's link down; it runs on alone",
  inject: machine => machine.cutLink(),
  heal: machine => machine.mendLink(),
};

/** Times that the link goes, and the seconds that it is away and there each time. */
const FLAPS = { times: 5, away: 1, there: 1 } as const;

/** A bad cable. */
export const flapLink: Fault = {
  name: "flap-link",
  what: `take the machine's link down ${FLAPS.times} times, ${FLAPS.away} s each`,
  async inject(machine) {
    for (let n = 0; n < FLAPS.times; n++) {
      await machine.cutLink();
      await pause(FLAPS.away * 1000);
      await machine.mendLink();
      await pause(FLAPS.there * 1000);
    }
  },
};

/** What a switch sees when a machine dies behind a link that stays up: only the hold time tells. */
export const silence: Fault = {
  name: "silence",
  what: "drop every packet of the machine, the link stays up",
  inject: machine => machine.silence(),
  heal: machine => machine.unsilence(),
};
