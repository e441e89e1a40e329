import type { FrontendSpec } from "../endpoint/frontends";
import { problem } from "../values/problems";
import type { Partly } from "../values/section";
import type { Check } from "./given";

/** A frontend that leads to workers where there are none. */
export const frontendTargets: Check = ({ endpoint, pools }) => {
  const { partial } = endpoint;
  if (pools.length > 0 || !("frontends" in partial)) return [];
  return ((partial.frontends ?? []) as Partly<readonly FrontendSpec[]>).flatMap(({ targets }, i) =>
    targets === "workers"
      ? [
          problem(
            ["endpoint", "frontends", i, "targets"],
            'found "workers", and there are none; expected workers, or "controlPlane" or a list of hosts here',
          ),
        ]
      : [],
  );
};
