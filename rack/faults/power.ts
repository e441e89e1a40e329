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

/** What a switch sees when a machine dies behind a link that stays up: only the hold time tells. */
export const silence: Fault = {
  name: "silence",
  what: "drop every packet of the machine, the link stays up",
  inject: machine => machine.silence(),
  heal: machine => machine.unsilence(),
};
