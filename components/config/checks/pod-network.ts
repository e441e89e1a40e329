import { capabilitiesOf } from "../machines/machine-kinds";
import { backendOf } from "../network/network-kinds";
import { problem } from "../values/problems";
import { networkOf, type Check } from "./given";

/** A backend that routes pods by a neighbour's address, on machines that share no layer-2 network. */
export const podNetwork: Check = given => {
  const machines = capabilitiesOf(given.machines);
  return backendOf(networkOf(given)) === "host-gw" && machines?.sharesLayer2 === false
    ? [
        problem(
          ["network", "backend"],
          `found host-gw ${machines.where}, expected vxlan; its machines share no layer-2 network (${machines.apart}), so no machine is another's gateway to pods; write vxlan or leave it out`,
        ),
      ]
    : [];
};
