import type { Suite } from "../suite";
import { folder, PLAIN } from "./row";

/** How a cluster comes to be. */
export const CREATION: readonly Suite[] = [
  folder(
    {
      name: "sites",
      shows:
        "MD5, an old site with one peer, a proxy for downloads, neighbours from the Metal API, a rented worker, rented workers that announce Services",
      minutes: 9,
      needs: "root",
      core: false,
      covers: ["components/machines/equinix-metal", "cloud-init/node/boot", "rack/metal-api", "rack/metadata"],
    },
    PLAIN,
  ),
  folder(
    {
      name: "isolation",
      shows: "preflight tells all that is wrong at once; a control plane kept apart; encryption and audit; a bastion",
      minutes: 5,
      needs: "root",
      core: false,
      covers: ["components/machines", "cloud-init/node/grant", "cloud-init/documents", "components/config"],
    },
    PLAIN,
  ),
  folder(
    {
      name: "interrupted",
      shows: "an `up` over SSH that is cut, and a machine that reboots while it joins, converge, formed once",
      minutes: 5,
      needs: "root",
      core: false,
      covers: ["components/membership", "cloud-init/node/grant", "cloud-init/node/boot"],
    },
    PLAIN,
  ),
];
