import type { SwitchFault } from "./fault";

/** What happens to a switch, named `a` or `b`. */
export const SWITCH_FAULTS: readonly SwitchFault[] = [
  {
    name: "switch-down",
    what: "a switch dies: it says no farewell, and forwards nothing",
    inject: one => one.down(),
    heal: one => one.up(),
  },
  {
    name: "reset-sessions",
    what: "a switch ends all its BGP sessions once, as its restart does",
    inject: one => one.resetSessions(),
  },
  {
    name: "wrong-md5",
    what: "a switch has another MD5 password than the machines",
    inject: one => one.mistrust(true),
    heal: one => one.mistrust(false),
  },
];
