import { ADMINISTRATOR, CLUSTER_ADMIN } from "../kubeconfigs";
import { problem } from "../values/problems";
import type { Check } from "./given";

/** Rackplane installs add-ons and binds the other kubeconfigs with the administrator's. */
export const administrator: Check = ({ cluster }) => {
  const { clusterRole, groups = [] } = cluster.partial.kubeconfigs?.[ADMINISTRATOR] ?? {};
  const path = ["kubeconfigs", ADMINISTRATOR];
  return [
    ...(clusterRole === undefined || clusterRole === CLUSTER_ADMIN
      ? []
      : [
          problem(
            [...path, "clusterRole"],
            `found ${JSON.stringify(clusterRole)}, expected it left out: Rackplane itself works with this kubeconfig; add another name`,
          ),
        ]),
    ...(groups.length === 0
      ? []
      : [problem([...path, "groups"], "found some, expected none: it has all rights by its own group")]),
  ];
};
