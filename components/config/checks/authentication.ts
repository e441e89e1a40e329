import { problem } from "../values/problems";
import type { Check } from "./given";

/** An API server takes either the document or the arguments of its first form. */
export const authentication: Check = ({ cluster }) => {
  const { authentication: fields, extraArgs = {} } = cluster.partial.apiServer ?? {};
  if (fields === undefined) return [];
  return Object.keys(extraArgs)
    .filter(name => name.startsWith("oidc-"))
    .map(name =>
      problem(
        ["apiServer", "extraArgs", name],
        "found it beside apiServer.authentication, expected one of the two; write the issuer as an entry of authentication.jwt",
      ),
    );
};
