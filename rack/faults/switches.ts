import { until } from "../network/until";
import type { Site, SwitchFault, SwitchTarget } from "./fault";

const overBgp = ({ endpoint }: Site) => endpoint === "kube-vip-bgp";
const anyEstablished = async (target: SwitchTarget) => (await target.established()) > 0;

/**
 * The router behind the two is their neighbour by cable and sees a dark port at once, so it forwards nothing to a dead
 * switch; the machines hear of it by their hold time, as no session says goodbye.
 */
export const switchPowerOff: SwitchFault = {
  of: "switch",
  name: "switch-power-off",
  what: "cut the power of a switch: no session says goodbye, its routes are gone",
  applies: overBgp,
  inject: target => target.powerOff(),
  heal: target => target.powerOn(),
  over: anyEstablished,
};

export const resetSessions: SwitchFault = {
  of: "switch",
  name: "reset-sessions",
  what: "reset every session of a switch once, as an operator's `clear bgp` does",
  applies: overBgp,
  inject: async target => {
    if ((await target.resetSessions()) === 0)
      throw new Error("fault reset-sessions: found no session to reset, expected some; is a stack with BGP up?");
  },
  over: anyEstablished,
};

export const wrongPassword: SwitchFault = {
  of: "switch",
  name: "wrong-md5",
  what: "give a switch another MD5 password for every session than the machines have, until healed",
  applies: overBgp,
  inject: async target => {
    await target.wrongPassword(true);
    await until("every session of the switch to end", async () => (await target.established()) === 0, { seconds: 15 });
  },
  heal: target => target.wrongPassword(false),
  over: anyEstablished,
};
