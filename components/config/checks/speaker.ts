import { bgpFields } from "../endpoint/endpoint-kinds";
import { capabilitiesOf } from "../machines/machine-kinds";
import { problem } from "../values/problems";
import type { Check } from "./given";

/**
 * Switches of a provider of machines speak no BFD, so BIRD would gain nothing there, and their neighbours come with the
 * machines' metadata, which kube-vip alone is given.
 */
export const speaker: Check = given => {
  const machines = capabilitiesOf(given.machines);
  return machines?.rents === true && bgpFields(given.endpoint)?.speaker === "bird"
    ? [
        problem(
          ["endpoint", "speaker"],
          `found "bird" with machines ${machines.where}, expected "kube-vip"; the switches there speak no BFD, for which BIRD is there: take it where the switches are your own`,
        ),
      ]
    : [];
};
