import { reservationCountProblems, TOKEN_SOURCES } from "../machines/equinix-servers";
import { bgpFields } from "../endpoint/endpoint-kinds";
import { capabilitiesOf } from "../machines/machine-kinds";
import { problem } from "../values/problems";
import { listed } from "../values/suggest";
import type { Check } from "./given";

/** As many reservations as machines. */
export const reservations: Check = ({ machines: { partial, says }, count }) =>
  "hardwareReservationIds" in partial
    ? reservationCountProblems({ partial, says }, { count, counted: "controlPlane.count" }, [
        "machines",
        "hardwareReservationIds",
      ])
    : [];

/** Machines are rented with a token. */
export const credentials: Check = ({ machines, credentials }) =>
  capabilitiesOf(machines)?.rents === true && credentials === false
    ? [
        problem(
          ["machines"],
          `found no API token, expected one in ${listed(TOKEN_SOURCES)}; run pulumi config set ${TOKEN_SOURCES[2]} --secret`,
        ),
      ]
    : [];

/** Whoever rents machines has the switches that come with them. */
export const rentedSpeaker: Check = ({ machines, endpoint }) => {
  const home = capabilitiesOf(machines);
  return home?.rents === true && bgpFields(endpoint)?.speaker === "bird"
    ? [
        problem(
          ["endpoint", "speaker"],
          `found "bird" with machines ${home.where}, expected "kube-vip"; the switches there speak no BFD, and a machine's user data brings no BIRD`,
        ),
      ]
    : [];
};

/** Workers are rented in the control plane's project. */
export const rentedWorkers: Check = ({ machines, pools }) => {
  const controlPlane = capabilitiesOf(machines);
  if (controlPlane?.rents !== false) return [];
  return pools.flatMap((pool, i) => {
    const kind = pool.machines?.partial.kind;
    if (pool.machines === undefined || capabilitiesOf(pool.machines)?.rents !== true) return [];
    return [
      problem(
        ["workers", i, "machines", "kind"],
        `found ${kind} with a control plane ${controlPlane.where}, expected ${machines.partial.kind}; workers are rented in the control plane's project, and there is none`,
      ),
    ];
  });
};
