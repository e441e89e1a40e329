import { machinesKind, type KindContext } from "../kind";
import { problem, type Problem } from "../values/problems";

/** What can be wrong between the pods' network and where the machines are. */
export function podNetworkProblems(context: KindContext): Problem[] {
  return context.network?.backend === "host-gw" && machinesKind(context) === "equinix-metal"
    ? [
        problem(
          ["network", "backend"],
          "found host-gw on Equinix Metal, expected vxlan; its machines share no layer-2 network (each has a /31 of its own), so no machine is another's gateway to pods; write vxlan or leave it out",
        ),
      ]
    : [];
}
