import type { MachineFault } from "./fault";

/** The link goes first, then every process at once: nobody says goodbye. */
export const powerOff: MachineFault = {
  of: "machine",
  name: "power-off",
  what: "cut the power; the disk stays",
  inject: machine => machine.powerOff(),
  heal: machine => machine.powerOn(),
};

export const reboot: MachineFault = {
  of: "machine",
  name: "reboot",
  what: "reboot in order, as `systemctl reboot` does",
  inject: machine => machine.reboot(),
};

export const shutDown: MachineFault = {
  of: "machine",
  name: "shutdown",
  what: "shut down in order, as `systemctl poweroff` does; powered on again when healed",
  inject: machine => machine.shutDown(),
  heal: machine => machine.powerOn(),
};

/** What a person does whose disk has died; rented machines are replaced as a whole instead. */
export const reinstall: MachineFault = {
  of: "machine",
  name: "reinstall",
  what: "install a machine that exists anew: empty disk, other host key",
  inject: machine => machine.reinstall(),
};

export const freeze: MachineFault = {
  of: "machine",
  name: "freeze",
  what: "stop every process where it is, the link stays up",
  inject: machine => machine.freeze(),
  heal: machine => machine.thaw(),
};
