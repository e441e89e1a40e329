import { problem } from "../values/problems";
import type { Check } from "./given";

/** Machines and balancers probe the API servers without credentials. */
export const anonymousAuth: Check = ({ cluster }) =>
  cluster.partial.apiServer?.extraArgs?.["anonymous-auth"] === "false"
    ? [
        problem(
          ["apiServer", "extraArgs", "anonymous-auth"],
          'found "false", expected it left out; each machine, and balancers, ask /readyz and /livez without credentials, and would never announce the VIP',
        ),
      ]
    : [];
